/** Paths of realtime sessions, whose query names the model, and of calls, whose body does. */
import { isObject } from "../../json/isObject.js";
import type { PathFormat } from "../dialect.js";

const ofSessions = "/realtime";

export const path: PathFormat = {
	withFacts: (json) => json,
	/** An offer's form has its model in its session alone. */
	withoutFacts(json) {
		if (json.sdp === undefined) return json;
		const { model: _model, ...form } = json;
		return form;
	},
	renamedParts: (json, model) =>
		isObject(json.session) ? { ...json, session: { ...json.session, model } } : undefined,
	renamed(asked, model) {
		const [plain = "", search] = asked.split("?", 2);
		if (plain !== ofSessions) return asked;
		const query = new URLSearchParams(search);
		// Azure's clients call it that.
		query.delete("deployment");
		// A call has its model already.
		if (query.has("call_id")) query.delete("model");
		else if (model !== "") query.set("model", model);
		return query.size === 0 ? plain : `${plain}?${query}`;
	},
	nameInBody: (model) => model,
	of: ({ model }) => `${ofSessions}?${new URLSearchParams({ model })}`,
};
