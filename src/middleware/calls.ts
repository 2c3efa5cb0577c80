/** A call's offer as upstreams take it: a form whose session says all that the client has said of it, wherever that was. */
import { randomBytes } from "node:crypto";
import type { JsonBody } from "../contract/defaults.js";
import type { Json } from "../dialects/dialect.js";
import type { Form } from "../forms/form.js";
import { KeptForm } from "../forms/keptForm.js";
import { isObject } from "../json/isObject.js";
import { takeClientSecret } from "../keys/clientSecrets.js";
import { defineLink } from "./link.js";

export const calls = defineLink({
	name: "calls",
	stage: "validated",
	middleware:
		({ seals }) =>
		(ctx, next) => {
			const { exchange } = ctx.state;
			const { operation, body } = exchange;
			if (operation?.dialect?.session === undefined || body === undefined) return next();
			const secret = takeClientSecret(ctx.req.headers, seals);
			if (operation.id !== "createRealtimeCall") return next();
			exchange.form ??= formOf(body, ctx.req.headers);
			const own = isObject(body.json.session) ? body.json.session : {};
			const session: Json = { type: "realtime", ...secret?.session, ...own };
			const { model = session.model } = exchange.query;
			if (model !== undefined) session.model = model;
			// An upstream might take a model beside the session for the call's.
			const { model: _model, ...form } = body.json;
			const json = { ...form, session };
			exchange.body = {
				json: model === undefined ? json : { ...json, model },
				bytes: Buffer.from(JSON.stringify(json)),
			};
			return next();
		},
});

/** An offer that came alone, as a form. */
function formOf({ json }: JsonBody, headers: NodeJS.Dict<string | string[]>): Form {
	const boundary = randomBytes(16).toString("hex");
	headers["content-type"] = `multipart/form-data; boundary=${boundary}`;
	return new KeptForm({ boundary, fields: [{ name: "sdp", value: String(json.sdp) }], json }, [], undefined);
}
