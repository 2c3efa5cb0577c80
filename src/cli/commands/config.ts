/** `llmw config schema`: the configuration file's JSON Schema, for editors and other checks. */
import { readFileSync } from "node:fs";
import { Problems } from "../../errors/problem.js";

/** In the package as in a checkout. */
const file = new URL("../../../schema/llmw.schema.json", import.meta.url);

/** @throws Problems for any other word than `schema` */
export function config([action = "", ...more]: readonly string[]): string {
	const wrong = action === "schema" ? more[0] : action;
	if (wrong === undefined) return readFileSync(file, "utf8").trimEnd();
	const message = wrong === "" ? "what? Try llmw config schema" : `${wrong}: only llmw config schema is known`;
	throw new Problems([{ where: "config", message }]);
}
