import { expect, test } from "vitest";
import { GatewayError } from "../../src/errors/gatewayError.js";
import { upstreamComplaints } from "../../src/upstream/complaints.js";

test.each([
	["The AI host refused the connection.", "The AI host one refused the connection."],
	[
		"The proxy on the way to the AI host refused a connection.",
		"The proxy on the way to the AI host one refused a connection.",
	],
])("a complaint names the upstream: %s", (message, line) => {
	const said: string[] = [];
	const { ofFault } = upstreamComplaints((text) => void said.push(text));
	ofFault("one", { kind: "connection", error: new GatewayError(502, message) });
	expect(said).toEqual([line]);
});
