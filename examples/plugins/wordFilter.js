/**
 * Replaces words in the upstream's answer, in streams too, even if a stream cuts a word in two.
 *
 *   llmw --plugin './examples/plugins/wordFilter.js={"words":["classified","secret plan"]}'
 */
import { definePlugin, mapCompletionText } from "llmgw";

export default definePlugin({
	name: "word-filter",
	stage: "upstream",
	options: {
		type: "object",
		additionalProperties: false,
		required: ["words"],
		properties: {
			words: { type: "array", minItems: 1, items: { type: "string", minLength: 1 } },
			replacement: { type: "string", default: "***" },
		},
	},
	middleware({ words, replacement }) {
		const longest = Math.max(...words.map((word) => word.length));
		// The longest first, so that a word is not found inside a longer one.
		const alternatives = [...words]
			.sort((a, b) => b.length - a.length)
			.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
		const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join("|")})(?![\\p{L}\\p{N}])`, "giu");
		return async (ctx, next) => {
			await next();
			const { answer } = ctx.state.exchange;
			if (answer) mapCompletionText(answer, () => filter(pattern, replacement, longest));
		};
	},
});

/** Holds back the end of each piece: it may be the beginning of a word, and the letter after a word decides, too. */
function filter(pattern, replacement, longest) {
	let held = "";
	let before = "";
	return (text, isLast) => {
		const all = before + held + text;
		const start = before.length;
		const safe = isLast ? all.length : Math.max(start, all.length - longest);
		let out = "";
		let at = start;
		for (const match of all.matchAll(pattern)) {
			if (match.index < start) continue;
			if (match.index >= safe) break;
			out += all.slice(at, match.index) + replacement;
			at = match.index + match[0].length;
		}
		const end = Math.max(at, safe);
		out += all.slice(at, end);
		held = all.slice(end);
		before = all.slice(Math.max(0, end - 2), end);
		return out;
	};
}
