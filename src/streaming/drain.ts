/** Takes an answer that no client is sent, for those who observe it. */
import { asGatewayError, type GatewayError } from "../errors/gatewayError.js";
import { noBytes, type Piece, unread } from "./piece.js";
import type { ResponseStream } from "./responseStream.js";
import { TransformChain } from "./transformChain.js";

/** Its transforms change it, and its observers see it, as if it were sent. */
export function drain(answer: ResponseStream): void {
	const { transforms, observers } = answer;
	// Whoever begins to observe it with a piece sees that piece too.
	const tellChunk = (piece: Piece) => {
		for (let at = 0; at < observers.length; at += 1) observers[at]?.chunk?.(piece);
		return true;
	};
	const tellEnd = (failure?: GatewayError) => {
		for (const { end } of observers) end?.(failure);
	};
	const chain = new TransformChain(transforms, {
		write: tellChunk,
		end(rest) {
			if (rest.length > 0) tellChunk(unread(rest));
			tellEnd();
		},
		resume: () => answer.resume(),
		fail(thrown) {
			const failure = asGatewayError(thrown);
			if (answer.isUnderWay) answer.cancel(failure);
			else tellEnd(failure);
		},
	});
	answer.pipe({
		write: (piece) => (transforms.length === 0 ? tellChunk(piece) : chain.write(piece)),
		end: () => chain.end(unread(noBytes)),
		fail(failure) {
			chain.close();
			tellEnd(failure);
		},
	});
}
