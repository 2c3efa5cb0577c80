/** Tools that the gateway runs, in turns over a client's WebSocket. */
import { expect, onTestFinished, test } from "vitest";
import { openSocket } from "../kit/sockets.js";
import { mcpTool, scene } from "./scene.js";

test("a turn with calls is one response, and the next turn goes on from it", async () => {
	const { gateway, theirs, asked } = await scene({ says: [[["echo", "hi"]], "Done.", "And on."] });
	const socket = await openSocket(gateway.url);
	onTestFinished(() => socket.socket.terminate());
	const frames = await socket.turn({ input: "Say something.", tools: [mcpTool(theirs)] });
	expect(frames.map(({ sequence_number: number }) => number)).toEqual(frames.map((_frame, index) => index));
	const last = frames.at(-1)?.response;
	expect(last).toMatchObject({
		status: "completed",
		output: [{ type: "mcp_list_tools" }, { type: "mcp_call", output: "You said: hi" }, { type: "message" }],
	});
	const [end] = (
		await socket.turn({ input: "Go on.", previous_response_id: last?.id, tools: [mcpTool(theirs)] })
	).slice(-1);
	expect(end?.type).toBe("response.completed");
	expect(theirs.asked("tools/call")).toHaveLength(1);
	expect(JSON.stringify(asked().at(-1)?.messages)).toContain("You said: hi");
});
