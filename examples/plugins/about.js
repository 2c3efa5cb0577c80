/**
 * Adds an operation: GET /about tells callers who runs the gateway.
 *
 *   llmw --plugin './examples/plugins/about.js={"contact":"ai@example.org"}'
 */
import { definePlugin } from "llmgw";

export default definePlugin({
	name: "about",
	options: {
		type: "object",
		additionalProperties: false,
		required: ["contact"],
		properties: { contact: { type: "string" } },
	},
	overlay: {
		overlay: "1.0.0",
		info: { title: "About", version: "1.0.0" },
		actions: [
			{
				target: "$.paths",
				update: {
					"/about": {
						get: {
							operationId: "getAbout",
							summary: "Who runs this gateway",
							responses: { 200: { description: "Whom to ask" } },
						},
					},
				},
			},
		],
	},
	// By operationId; what a handler returns is the answer's JSON.
	handlers: ({ contact }) => ({ getAbout: () => ({ contact }) }),
});
