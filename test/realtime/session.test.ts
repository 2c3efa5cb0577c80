/** A realtime session through the gateway, with an upstream that speaks OpenAI's words. */
import { expect, onTestFinished, test } from "vitest";
import { startDemoHost } from "../kit/aiHost.js";
import { gatewayFor } from "../kit/gateway.js";
import { openSocket } from "../kit/sockets.js";

test("frames go both ways, and the session's tokens are recorded as one request's", async () => {
	const host = await startDemoHost();
	onTestFinished(() => host.close());
	const gateway = await gatewayFor(host);
	const session = await openSocket(gateway.url, {}, "/v1/realtime?model=m");
	expect(await session.next()).toMatchObject({ type: "session.created", session: { model: "m" } });
	session.send({ type: "conversation.item.create", item: { content: [{ type: "input_text", text: "Hi" }] } });
	session.send({ type: "response.create", response: { output_modalities: ["text"] } });
	let frame = await session.next();
	while (frame.type !== "response.done") frame = await session.next();
	expect(frame.response?.usage).toMatchObject({ output_tokens: 3 });
	session.close();
	await session.closed;
});
