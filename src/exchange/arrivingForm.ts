/** Takes a multipart request body off the wire. */
import type { IncomingMessage } from "node:http";
import { clientGone, GatewayError } from "../errors/gatewayError.js";
import type { Form } from "../forms/form.js";
import { formTooLarge, wrongForm } from "../forms/formErrors.js";
import type { FormProperties } from "../forms/formJson.js";
import { type FormSource, readForm } from "../forms/readForm.js";
import { atOwnPace } from "./bodyPace.js";

export interface FormLimits {
	readonly maxBytes: number;
	/** A larger one is passed on as it comes, or put on disk. */
	readonly maxMemoryBytes: number;
	/** The longest time without a byte. */
	readonly silenceMs: number;
	/** For what is put on disk. */
	readonly folder: string;
	/** Counts bytes in memory, which may have to wait for room. @throws GatewayError 503 when there is none for them */
	hold(bytes: number): Promise<void> | undefined;
}

export function isMultipart({ headers }: IncomingMessage): boolean {
	return /^\s*multipart\/form-data\s*(;|$)/i.test(headers["content-type"] ?? "");
}

/** @throws GatewayError 400, 413, 415 for a body that is wrong; if the client leaves; 503, 507 when there is no room for it */
export async function arrivingForm(
	request: IncomingMessage,
	properties: FormProperties,
	{ maxBytes, maxMemoryBytes, silenceMs, folder, hold }: FormLimits,
): Promise<Form> {
	const boundary = boundaryOf(request);
	const { "content-length": given, "content-encoding": coding = "identity" } = request.headers;
	if (!/^identity$/i.test(coding))
		throw new GatewayError(415, "A multipart/form-data body must come without content-encoding.", {
			code: "unsupported_content_encoding",
		});
	const length = given === undefined ? undefined : Number(given);
	if (length !== undefined && length > maxBytes) throw formTooLarge(`The body is larger than ${maxBytes} bytes.`);
	return readForm({
		source: sourceOf(request, silenceMs),
		...{ boundary, length, properties, maxBytes, maxMemoryBytes, folder, hold },
	});
}

/** As RFC 2046 §5.1.1 has it; one that an upstream could read in another way is refused. */
function boundaryOf({ headers }: IncomingMessage): string {
	const parameters = [...(headers["content-type"] ?? "").matchAll(/;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]*))/gi)];
	const [, quoted, plain] = parameters[0] ?? [];
	const boundary = quoted ?? plain ?? "";
	if (parameters.length === 1 && /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary)) return boundary;
	throw wrongForm(
		"The content-type multipart/form-data must have one boundary of 1 to 70 characters (RFC 2046 §5.1.1).",
	);
}

/** The bytes of a body, for which its client has no time in all, but only so long a silence. */
function sourceOf(request: IncomingMessage, silenceMs: number): FormSource {
	const { socket } = request;
	const pieces = request.iterator({ destroyOnReturn: false });
	const awaited = async () => {
		try {
			const { done, value } = await pieces.next();
			return done ? undefined : (value as Buffer);
		} catch {
			throw clientGone();
		}
	};
	atOwnPace.add(socket);
	return {
		async next() {
			const piece = await within(silenceMs, awaited());
			if (piece === undefined) atOwnPace.delete(socket);
			return piece;
		},
		drop() {
			atOwnPace.delete(socket);
			if (request.complete) return;
			// It has to go somewhere before the connection's next request can be read.
			void pieces.return?.().then(() => request.resume());
			setTimeout(() => request.complete || request.destroy(), silenceMs).unref();
		},
	};
}

/** @throws GatewayError 408 if it takes longer */
function within<T>(ms: number, work: Promise<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(silentClient(ms)), ms);
		work.then(resolve, reject).finally(() => clearTimeout(timer));
	});
}

function silentClient(ms: number): GatewayError {
	const message = `Nothing of the body has arrived for ${ms / 1000} s.`;
	return new GatewayError(408, message, { code: "request_timeout", closeConnection: true });
}
