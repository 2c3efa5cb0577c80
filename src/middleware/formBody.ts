/** Reads a multipart body: its fields become the request's JSON body, its files go with it. */

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Operation } from "../contract/operation.js";
import { GatewayError } from "../errors/gatewayError.js";
import { arrivingForm, isMultipart } from "../exchange/arrivingForm.js";
import { askForBody } from "../exchange/askForBody.js";
import type { BodyBudget } from "../exchange/bodyBudget.js";
import { sweepSpools } from "../forms/spool.js";
import { readBody, tooDeep } from "../json/readBody.js";
import type { Settings } from "../settings/settings.js";
import type { GatewayContext } from "./link.js";

type FormSettings = Pick<Settings, "dataFolder" | "maxUploadBytes" | "uploadMemoryBytes" | "requestTimeoutMs">;

/** @returns a function that sets the exchange's form and body. It throws a GatewayError as `arrivingForm` does. */
export function formReader(
	{ dataFolder, maxUploadBytes, uploadMemoryBytes, requestTimeoutMs }: FormSettings,
	bodies: BodyBudget,
): (ctx: GatewayContext, operation: Operation) => Promise<void> {
	const folder = join(dataFolder ?? tmpdir(), "spool");
	void sweepSpools(folder);
	return async ({ req, res, state: { exchange }, request }, { bodyNames, formProperties = {}, maxBodyBytes }) => {
		if (!isMultipart(req))
			throw new GatewayError(415, "The content-type must be multipart/form-data.", { code: "unsupported_media_type" });
		const hold = bodies.hold();
		exchange.bodyHold = hold;
		exchange.onClose(hold.release);
		const maxBytes = Math.min(maxBodyBytes ?? maxUploadBytes, maxUploadBytes);
		const limits = {
			maxBytes,
			maxMemoryBytes: uploadMemoryBytes,
			silenceMs: requestTimeoutMs,
			folder,
			hold: hold.take,
		};
		askForBody(req, res);
		const form = await arrivingForm(req, formProperties, limits);
		exchange.onClose(() => form.release());
		const bytes = bytesOf(form.json);
		const { json } = await readBody(bytes, bodyNames, () => {});
		exchange.form = form;
		exchange.body = { json, bytes };
		request.body = json;
		request.rawBody = "";
	};
}

/** @throws GatewayError 400 for what no stack is deep enough to write */
function bytesOf(json: object): Buffer {
	try {
		return Buffer.from(JSON.stringify(json));
	} catch (error) {
		if (error instanceof RangeError) throw tooDeep();
		throw error;
	}
}
