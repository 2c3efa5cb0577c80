/** The table of docs/dialects.md: what each dialect has no words for, as its adapters declare it. */
import { tsImport } from "tsx/esm/api";

const opening = "<!-- Written by `npm run generate` from src/dialects/*/losses.ts. Changes belong there. -->";
const closing = "<!-- End of what is written. -->";

/** @param page the page as it is @returns the page with the table in it */
export async function withLossTable(page) {
	const { dialects } = await tsImport("../src/dialects/dialects.ts", import.meta.url);
	const { providers } = await tsImport("../src/providers/providers.ts", import.meta.url);
	const { commonLosses } = await tsImport("../src/dialects/losses.ts", import.meta.url);
	const [before, rest] = page.split(opening);
	const after = rest?.split(closing)[1];
	if (after === undefined) throw new Error("docs/dialects.md has no place for its table");
	const spoken = [...providers.values()].flatMap((provider) => provider.dialects);
	const byName = new Map([...dialects.values(), ...spoken].map((dialect) => [dialect.name, dialect]));
	const declared = [...byName.values()].flatMap(({ name, translation, outbound }) => {
		const losses = (translation ?? outbound)?.losses;
		return losses === undefined ? [] : [{ name, answer: {}, ...losses }];
	});
	const requests = [
		...rows("any other", commonLosses),
		...declared.flatMap(({ name, request }) => rows(`\`${name}\``, request)),
	];
	const answers = declared.flatMap(({ name, answer }) => rows(`\`${name}\``, answer));
	const table = [
		"| a request for | `x-llmgw-dropped` | what is lost |\n|---|---|---|",
		...requests,
		"",
		"| a client of | | what its answers can't tell |\n|---|---|---|",
		...answers,
	].join("\n");
	return `${before}${opening}\n\n${table}\n\n${closing}${after}`;
}

function rows(place, losses) {
	return Object.entries(losses).map(([name, text]) => `| ${place} | \`${name}\` | ${text} |`);
}
