/** The lab's answers: fixed texts in which any corruption is noticed. */

/** No part of it occurs twice. It has at most 128 pieces, the number of tokens that the gateway requests by default. */
export const referenceAnswer = [
	'Every stream has a "middle", and that is where it breaks. ',
	"Zoë's café in Zürich kept müde travellers awake 🌧️ with stories: ",
	"a lighthouse keeper (名前は灯台守) counted ships until dawn;\n\n",
	"\tC:\\harbour\\new\\table.txt listed 17 of them, \\u00e9 included, plus 'one more'.\n",
	"Nobody believed her — naïve, they said — 除非潮水退去. ",
	'So she wrote {"ship": null, "sails": [3, 5]} on paper, folded it twice,\n',
	"  and sent it by 🕊️👩‍🚀; data: [DONE] was scribbled below.\r\n",
	"Ωmega winds blew; 한국어 postcards arrived, wet & <b>torn</b>, from 100% unknown friends… ",
	"What would you keep, if only half an answer reached you?\n",
	"“All of it,” said the `pilot`, “byte for byte.” 🎉",
].join("");

export const referenceReasoning = 'Küstenwache: "alles",\nnothing is missing. 好。';

/** JSON that is easily corrupted: with escapes, white space, and characters beyond ASCII. */
export const referenceJson = String.raw`{"title": "Größe \"L\"", "path": "C:\\tmp\\n", "lines": ["eins\nzwei", "三 🚀", "\u00e9t\u00e9"], "count": 42, "ratio": 0.125, "nested": {"empty": {}, "list": [], "last": "ok"}}`;

/** Two parallel calls; the names are used if the request's tools have none. */
export const referenceCalls = [
	{
		id: "call_lab_1",
		name: "get_weather",
		arguments: String.raw`{"city": "Zürich", "note": "a \"quoted\" word,\na back\\slash", "days": 3}`,
	},
	{ id: "call_lab_2", name: "get_time", arguments: '{"zone":"Asia/Tōkyō","formats":["HH:mm","🕐"]}' },
] as const;

const maxTokenLength = 9;

/**
 * Splits a text into pieces like tokens: a word with the space before it, long words cut, any other space alone. With `length`,
 * into pieces of that many code points instead, so that only emoji of several code points may be split.
 */
export function piecesOf(text: string, length?: number): string[] {
	const piece =
		length === undefined
			? new RegExp(`[ ]?[^\\s]{1,${maxTokenLength}}|\\s+?`, "gu")
			: new RegExp(`[^]{1,${length}}`, "gu");
	return text.match(piece) ?? [];
}

/** @returns the text in which, from offset `from` on, each Latin letter is the next of the alphabet. Escapes are kept */
export function departing(text: string, from: number): string {
	const next = (match: string) => (match.length > 1 ? match : nextLetter(match));
	return text.slice(0, from) + text.slice(from).replace(/\\u[\da-f]{4}|\\.|[a-z]/gi, next);
}

function nextLetter(letter: string): string {
	if (letter === "z") return "a";
	if (letter === "Z") return "A";
	return String.fromCharCode(letter.charCodeAt(0) + 1);
}
