/** Other programs' configuration files are changed at one place, and keep everything else. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { editText, type FormatName, readText, type Setting } from "../../src/cli/configText/configText.js";
import { FormatError } from "../../src/cli/configText/textFormat.js";

const edit = (format: FormatName, text: string, ...settings: Setting[]) => editText(format, text, settings);

interface Case {
	what: string;
	format: FormatName;
	before: string;
	settings: Setting[];
	after: string;
}

const cases: Case[] = [
	{
		what: "an empty file",
		format: "json",
		before: "",
		settings: [{ path: ["a", "b"], value: 1 }],
		after: '{\n  "a": {\n    "b": 1\n  }\n}\n',
	},
	{
		what: "comments, a trailing comma and tabs",
		format: "json",
		before: '// mine\n{\n\t"a": 1, // one\n\t/* two */ "b": { "c": [1, 2,], },\n}\n',
		settings: [
			{ path: ["b", "d"], value: "x" },
			{ path: ["e"], value: { f: true } },
			{ path: ["a"], value: 2 },
		],
		after:
			'// mine\n{\n\t"a": 2, // one\n\t/* two */ "b": { "c": [1, 2,], "d": "x", },\n\t"e": {\n\t\t"f": true\n\t},\n}\n',
	},
	{
		what: "a comment behind the last member",
		format: "json",
		before: '{\r\n    "a": 1 // the last\r\n    // more to come\r\n}',
		settings: [{ path: ["b"], value: [1] }],
		after: '{\r\n    "a": 1, // the last\r\n    "b": [\r\n        1\r\n    ]\r\n    // more to come\r\n}',
	},
	{
		what: "an object with nothing but a comment",
		format: "json",
		before: '{\n  "a": {\n    // nothing yet\n  }\n}\n',
		settings: [{ path: ["a", "b"], value: "//" }],
		after: '{\n  "a": {\n    // nothing yet\n    "b": "//"\n  }\n}\n',
	},
	{
		what: "the item of a list, by its name, and another item",
		format: "json",
		before: '{"list": [{"name": "a", "kept": 1, "size": 1}, {"name": "z"}]}',
		settings: [
			{ path: ["list"], itemBy: "name", value: { name: "a", size: 2 } },
			{ path: ["list"], itemBy: "name", value: { name: "b" } },
			{ path: ["other"], itemBy: "name", value: { name: "c" } },
		],
		after: '{"list": [{"name": "a", "kept": 1, "size": 2}, {"name": "z"}, {"name":"b"}], "other": [{"name":"c"}]}',
	},
	{
		what: "nothing but comments",
		format: "json",
		before: "// mine\n",
		settings: [{ path: ["a"], value: 1 }],
		after: '// mine\n{\n  "a": 1\n}\n',
	},
	{
		what: "nothing but comments",
		format: "yaml",
		before: "# mine\n",
		settings: [{ path: ["a", "b"], value: 1 }],
		after: "# mine\n\na:\n  b: 1\n",
	},
	{
		what: "the last of two members with one name",
		format: "json",
		before: '{"a": 1, "a": 2}',
		settings: [{ path: ["a"], value: 3 }],
		after: '{"a": 1, "a": 3}',
	},
	{
		what: "an empty file",
		format: "toml",
		before: "",
		settings: [
			{ path: ["model"], value: "m" },
			{ path: ["a", "b"], value: { c: 1, d: true } },
		],
		after: 'model = "m"\n\n[a.b]\nc = 1\nd = true\n',
	},
	{
		what: "tables, comments, dates and arrays of tables",
		format: "toml",
		before:
			'# mine\nmodel = "old" # yes\nwhen = 2026-01-02T03:04:05Z\n\n# about x\n[x]\ny = """\n[not.a.table]\nz = 1\n"""\n[[servers]]\nname = "one"\n[servers.more]\na = 1\n\n[features] # mine\nweb = [\n  1, # one\n]\n',
		settings: [
			{ path: ["model"], value: 'new "one"' },
			{ path: ["features", "found"], value: true },
			{ path: ["provider"], value: "p" },
			{ path: ["model_providers", "my.own"], value: { url: "http://x" } },
		],
		after:
			'# mine\nmodel = "new \\"one\\"" # yes\nwhen = 2026-01-02T03:04:05Z\nprovider = "p"\n\n# about x\n[x]\ny = """\n[not.a.table]\nz = 1\n"""\n[[servers]]\nname = "one"\n[servers.more]\na = 1\n\n[features] # mine\nweb = [\n  1, # one\n]\nfound = true\n\n[model_providers."my.own"]\nurl = "http://x"\n',
	},
	{
		what: "no member of its own before the first table",
		format: "toml",
		before: "# top\n\n# of a\n[a]\nb = 1\n",
		settings: [{ path: ["c"], value: 1 }],
		after: "# top\n\nc = 1\n\n# of a\n[a]\nb = 1\n",
	},
	{
		what: "dotted names and tables in one line",
		format: "toml",
		before: "a.b.c = 1\nfeatures = { x = true }\n[t]\n'q k'.z = 1",
		settings: [
			{ path: ["a", "b", "d"], value: 2 },
			{ path: ["features", "y"], value: false },
			{ path: ["t", "q k", "w"], value: "v" },
		],
		after: "a.b.c = 1\na.b.d = 2\nfeatures = { x = true, y = false }\n[t]\n'q k'.z = 1\n'q k'.w = \"v\"\n",
	},
	{
		what: "comments and lists",
		format: "yaml",
		before:
			'name: Mine # mine\nmodels:\n  # the best\n  - name: a\n    model: x\n    roles: [chat]\nrules: ["be kind"]\n',
		settings: [
			{ path: ["models"], itemBy: "name", value: { name: "a", model: "y" } },
			{ path: ["models"], itemBy: "name", value: { name: "b", roles: ["chat"] } },
			{ path: ["version"], value: "1.0.0" },
		],
		after:
			'name: Mine # mine\nmodels:\n  # the best\n  - name: a\n    model: y\n    roles: [ chat ]\n  - name: b\n    roles:\n      - chat\nrules: [ "be kind" ]\nversion: 1.0.0\n',
	},
	{
		what: "lists that are not indented",
		format: "yaml",
		before: "models:\n- name: a\n",
		settings: [{ path: ["models"], itemBy: "name", value: { name: "b" } }],
		after: "models:\n- name: a\n- name: b\n",
	},
	{
		what: "comments, quotes and other names",
		format: "env",
		before: "# mine\nexport A='x y' # why\nKEY=old\r\nB=1",
		settings: [
			{ path: ["KEY"], value: "new" },
			{ path: ["C"], value: "a b" },
		],
		after: "# mine\r\nexport A='x y' # why\r\nKEY=new\r\nB=1\r\nC='a b'\r\n",
	},
];

test.each(cases)("$format: $what", ({ format, before, settings, after }) => {
	const edited = edit(format, before, ...settings);
	expect(edited).toBe(after);
	expect(edit(format, edited, ...settings), "a second time").toBe(edited);
});

test.each<[FormatName, string, string]>([
	["json", '{"a": 1 "b": 2}', ":1:9"],
	["json", '{\n"a": tru}', ":2:6"],
	["json", "[1]", ":1:1"],
	["json", '{"a": 1', ":1:8"],
	["toml", 'a = 1\nb = "x', ":2:5"],
	["toml", "a = 1 b = 2", ":1:7"],
	["toml", "[a\nb = 1", ":1:3"],
	["yaml", "a: [1", ":1:6"],
])("%s that can't be read is refused with the place: %s", (format, text, place) => {
	expect(() => readText(format, text)).toThrow(FormatError);
	try {
		edit(format, text, { path: ["c"], value: 1 });
		expect.unreachable();
	} catch (error) {
		expect((error as FormatError).placeIn(text)).toBe(place);
	}
});

test.each<[FormatName, string]>([
	["json", '{"a": 1}'],
	["json", '{"a": []}'],
	["toml", "a = 1"],
	["toml", "a = { b = 1 }"],
	["toml", "[[a]]\nx = 1"],
])("%s that has something else in the place stays as it is: %s", (format, text) => {
	expect(() => edit(format, text, { path: ["a", "b", "c"], value: 1 })).toThrow(FormatError);
});

const name = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => text !== "__proto__");
const scalar = fc.oneof(fc.string(), fc.integer({ min: -1e6, max: 1e6 }), fc.boolean());

test("any JSON keeps what it has, wherever something is put", () => {
	const object = fc.dictionary(name, fc.oneof(scalar, fc.dictionary(name, scalar), fc.array(scalar)));
	const property = fc.property(
		object,
		name,
		scalar,
		fc.constantFrom(0, 1, "\t", 4),
		(before, member, value, indent) => {
			const edited = edit("json", JSON.stringify(before, null, indent), { path: [member], value });
			expect(JSON.parse(edited)).toEqual({ ...before, [member]: value });
		},
	);
	fc.assert(property, { numRuns: 300 });
});

test("any TOML keeps what it has, wherever something is put", () => {
	const tables = fc.dictionary(name, fc.dictionary(name, scalar, { minKeys: 1 }));
	const property = fc.property(tables, name, name, scalar, (before, table, member, value) => {
		const written = (text: unknown) => JSON.stringify(text).replaceAll("\x7f", "\\u007f");
		const lines = Object.entries(before).flatMap(([each, members]) => [
			`[${written(each)}] # comment`,
			...Object.entries(members).map(([one, of]) => `${written(one)} = ${written(of)}`),
		]);
		const edited = edit("toml", lines.join("\n"), { path: [table, member], value });
		expect(readText("toml", edited)).toEqual({ ...before, [table]: { ...before[table], [member]: value } });
	});
	fc.assert(property, { numRuns: 300 });
});
