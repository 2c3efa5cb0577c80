/** The path of a realtime session, whose query names the model. */
import type { PathFormat } from "../dialect.js";

export const path: PathFormat = {
	withFacts: (json) => json,
	withoutFacts: (json) => json,
	renamed(asked, model) {
		const [plain = "", search] = asked.split("?", 2);
		const query = new URLSearchParams(search);
		// Azure's clients call it that.
		query.delete("deployment");
		if (model !== "") query.set("model", model);
		return query.size === 0 ? plain : `${plain}?${query}`;
	},
	nameInBody: (model) => model,
	of: ({ model }) => `/realtime?${new URLSearchParams({ model })}`,
};
