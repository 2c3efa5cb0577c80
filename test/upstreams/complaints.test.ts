import { expect, test } from "vitest";
import { GatewayError } from "../../src/errors/gatewayError.js";
import { upstreamComplaints } from "../../src/upstream/complaints.js";

test.each([
	["The upstream refused the connection.", "The upstream one refused the connection."],
	[
		"The proxy on the way to the upstream refused a connection.",
		"The proxy on the way to the upstream one refused a connection.",
	],
])("a complaint names the upstream: %s", (message, line) => {
	const said: string[] = [];
	const { ofFault } = upstreamComplaints((text) => void said.push(text));
	ofFault("one", { kind: "connection", error: new GatewayError(502, message) });
	expect(said).toEqual([line]);
});
