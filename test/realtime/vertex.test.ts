/** Google's Live API, of Vertex AI and for its clients. */
import { expect, test, vi } from "vitest";
import { openSession, startSessionHost } from "../kit/realtime.js";
import { gatewayWith, route, target, upstream } from "../kit/routing.js";
import { place } from "../kit/vertex.js";

const ofGemini = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
const ofVertex = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent";

/** A gateway in front of an upstream that says that it is set up. @returns what the upstream is asked */
async function asked(provider: "gemini" | "vertex", path: string, model: string, theirs?: string) {
	const host = await startSessionHost((side, say) => side.on("message", () => say({ setupComplete: {} })));
	const base = provider === "vertex" ? `/v1${place}` : "/v1beta";
	const gateway = await gatewayWith({
		upstreams: [upstream("a", host.url + base, { provider, key: "ya29.token" })],
		routes: [route([target("a", theirs === undefined ? {} : { model: theirs })], { models: ["live-model"] })],
	});
	const session = await openSession(gateway, { path });
	session.send({ setup: { model, generationConfig: {} } });
	expect(await session.next()).toEqual({ setupComplete: {} });
	await vi.waitFor(() => expect(host.heard).toHaveLength(1));
	const [handshake] = host.handshakes;
	return { url: handshake?.url, authorization: handshake?.headers.authorization, setup: host.heard[0] };
}

test("a session of Gemini's reaches Vertex AI with its token, and its model in its project", async () => {
	const model = `${place.slice(1)}/publishers/google/models/live-model`;
	expect(await asked("vertex", ofGemini, "models/live-model")).toEqual({
		url: ofVertex,
		authorization: "Bearer ya29.token",
		setup: { setup: { model, generationConfig: {} } },
	});
	const renamed = await asked("vertex", ofGemini, "models/live-model", "gemini-live-2.5-flash");
	expect(renamed.setup).toMatchObject({ setup: { model: expect.stringMatching(/models\/gemini-live-2\.5-flash$/) } });
});

test("a client that was made for Vertex AI reaches it, and Gemini's own API", async () => {
	const model = "projects/theirs/locations/us-central1/publishers/google/models/live-model";
	expect(await asked("vertex", ofVertex, model)).toMatchObject({
		setup: { setup: { model: `${place.slice(1)}/publishers/google/models/live-model` } },
	});
	expect(await asked("gemini", ofVertex, model)).toMatchObject({
		url: ofGemini,
		setup: { setup: { model: "models/live-model" } },
	});
});
