/** The gateway's root: its name, version and addresses, as a page for browsers and as JSON for programs. */
import { allFileOperations } from "../contract/fileOperations.js";
import { isOllamaClient } from "../dialects/ollama/client.js";
import type { GatewayServices } from "../middleware/link.js";
import { version } from "../version.js";
import type { Handlers } from "./handlerTypes.js";

interface Place {
	/** Member of the JSON; left out if the contract lacks the operation. */
	member: "chat" | "models" | "docs" | "dashboard" | "openapi" | "health" | "readiness";
	operation: string;
	text: string;
	/** Whether it can be opened in a browser. */
	isPage: boolean;
}

const places: readonly Place[] = [
	{ member: "chat", operation: "createChatCompletion", text: "chat completions (POST)", isPage: false },
	{ member: "models", operation: "listModels", text: "models", isPage: false },
	{ member: "docs", operation: "getDocs", text: "API reference", isPage: true },
	{ member: "dashboard", operation: "getDashboard", text: "dashboard", isPage: true },
	{ member: "openapi", operation: "getOpenApiJson", text: "the contract (OpenAPI)", isPage: true },
	{ member: "health", operation: "getHealth", text: "health of this gateway", isPage: true },
	{ member: "readiness", operation: "getReadiness", text: "whether an upstream can be used", isPage: true },
];

const description =
	"Large Language Model Gateway: one address in front of AI servers, for clients of OpenAI's, Anthropic's, Google's and Ollama's APIs";

/** `GET /` and `GET /api/hello`. Open to everybody, so they reveal no settings. */
export function greetingHandlers({ contract, settings }: GatewayServices): Pick<Handlers, "getGreeting" | "getHello"> {
	const pathOf = new Map([...allFileOperations, ...contract.operations].map(({ id, path }) => [id, path]));
	const existing = places
		.filter(({ member }) => member !== "dashboard" || settings.ui)
		.flatMap((place) => {
			const path = pathOf.get(place.operation);
			return path === undefined ? [] : [{ ...place, path }];
		});
	const json = {
		name: "llmw" as const,
		version,
		description,
		...Object.fromEntries(existing.map(({ member, path }) => [member, path])),
	};
	const page = pageOf(existing);
	return {
		getGreeting(ctx) {
			ctx.vary("accept, user-agent");
			ctx.set("cache-control", "no-cache");
			// Some of them look for these very words.
			if (isOllamaClient(ctx.req.headers)) {
				ctx.body = "Ollama is running";
				return undefined;
			}
			if (ctx.accepts("json", "html") !== "html") return json;
			ctx.type = "html";
			ctx.body = page;
			return undefined;
		},
		getHello: () => ({ message: "hello" }),
	};
}

/** Links are relative, since a proxy may serve the gateway below another path. */
function pageOf(existing: readonly (Place & { path: string })[]): string {
	const rows = existing.map(({ path, text, isPage }) => {
		const shown = `<code>${path}</code>`;
		return `<tr><td>${isPage ? `<a href=".${path}">${shown}</a>` : shown}</td><td>${text}</td></tr>`;
	});
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>LLMGW</title>
<link rel="icon" href="data:,">
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td { padding: .35rem 1rem .35rem 0; border-bottom: 1px solid color-mix(in srgb, currentcolor 20%, transparent); overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>LLMGW</h1>
<p>This is llmw ${version}, the ${description}.</p>
<table>
${rows.join("\n")}
</table>
<p>An OpenAI SDK needs this address with <code>/v1</code> as its base URL; Anthropic's, Google's and Ollama's need it without.</p>
</body>
</html>
`;
}
