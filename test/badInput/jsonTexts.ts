/** JSON texts, as RFC 8259 accepts and refuses them. What is not ASCII stands here as the bytes it is sent as. */

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const words = (text: string) => text.split(" ");
const hex = (code: number, digits = 4) => code.toString(16).padStart(digits, "0");
const around = (start: string, bytes: readonly number[], end: string) =>
	Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from(end)]);
const inString = (bytes: readonly number[]) => around('"a', bytes, 'b"');

/** RFC 8259 §6 has none of these. */
export const refusedNumbers = [
	...words(
		"01 00 -01 -00 007 -012 012.5 1. -1. 0. 2.e3 0.e1 1.e5 .5 -.5 . -. +1 +0 +.5 ++1 --1 -+1 - + 1e 1E 1e+ 1e- 1.5e 1.5e+",
	),
	...words(
		"0e 0e+ 0E- e5 E5 .e1 1ee2 1e++2 1e+-2 1e5.5 1e1e1 1.2.3 0.1.2 1-2 1+1 1*2 1/2 2^3 1a 1f 1L 1n 1d 1% 0x1 0X1F -0x1 0b1 0o7 0_1",
	),
	...words(
		"1_000 1'000 1,000 #1 $1 NaN -NaN nan Infinity -Infinity +Infinity infinity inf -inf 1#INF 1.0f 0xg 1e0x2 0.0.0 00.1 -00.1",
	),
	...["- 1", "1 000", "1 .5", "1. 5", "1 e5", "1e 5", "1 2", "١", "１", "−1", "½", "1２", "1e２", "٫5", "1,5"],
];

export const refusedLiterals = [
	...words(
		"nul nulll NULL Null nullx tru truee TRUE True trUe fals falsee FALSE False undefined None nil yes no on off t f n a abc",
	),
	...words(
		"null() -null -true !0 !true @ $ % & * ? ~ ^ | \\ \\n / : ; = , ... => () (1) ((1)) <1> <a/> `a` /re/ /re/g [object] function(){}",
	),
	...[
		"new Date()",
		"true false",
		"null null",
		'"a" "b"',
		'"a""b"',
		"nu ll",
		"x:1",
		"true\0",
		"\0null",
		"ｔrue",
		"trüe",
	],
];

const badEscapes = range(0x20, 0x7e)
	.map((code) => String.fromCharCode(code))
	.filter((letter) => !'"\\/bfnrtu'.includes(letter))
	.map((letter) => `"\\${letter}"`);

const badUnicodeEscapes = [
	...words(
		"\\u \\u0 \\u00 \\u000 \\u000g \\ug000 \\u-123 \\u+123 \\u12.4 \\u{41} \\U0041 \\x41 \\0 \\00 \\101 \\u00é1 \\uD83D\\u \\uD83D\\uDE0",
	),
	...["\\u 041", "\\u004 ", "\\\n", "\\\r\n", "\\\u2028", "\\", "\\\\\\", "\\é", "\\\0", "\\\x07"],
].map((text) => `"${text}"`);

export const refusedStrings = [
	...badEscapes,
	...badUnicodeEscapes,
	...range(0, 0x1f).map((code) => `"a${String.fromCharCode(code)}b"`),
	...range(0, 0x1f).map((code) => `{"a${String.fromCharCode(code)}b":1}`),
	...[
		"'a'",
		"'",
		"“a”",
		"«a»",
		'"a',
		'a"',
		'"',
		'"""',
		'"a"b"',
		'"a" + "b"',
		"\"a'",
		"'a\"",
		'"a\\"',
		'"\n"',
		'"\t"',
		"&quot;a&quot;",
	],
];

/** Bytes that are no UTF-8 (RFC 3629 §3, §4), whatever stands around them. */
export const noUtf8: readonly (readonly number[])[] = [
	// Continuation bytes without a beginning.
	...range(0x80, 0xbf).map((byte) => [byte]),
	// Beginnings without a continuation, among them those that never begin anything.
	...range(0xc0, 0xff).map((byte) => [byte]),
	...[
		[0xc3, 0x28],
		[0xe2, 0x82],
		[0xe2, 0x28, 0xa1],
		[0xe2, 0x82, 0x28],
		[0xf0, 0x9f],
		[0xf0, 0x9f, 0x98],
	],
	...[
		[0xf0, 0x28, 0x8c, 0xbc],
		[0xf0, 0x90, 0x28, 0xbc],
		[0xf0, 0x28, 0x8c, 0x28],
		[0xf0, 0x9f, 0x98, 0x28],
	],
	// Longer than they need be.
	...[
		[0xc0, 0x80],
		[0xc0, 0xaf],
		[0xc1, 0xbf],
		[0xc0, 0xa2],
		[0xe0, 0x80, 0x80],
		[0xe0, 0x80, 0xaf],
		[0xe0, 0x9f, 0xbf],
	],
	...[
		[0xf0, 0x80, 0x80, 0x80],
		[0xf0, 0x80, 0x80, 0xaf],
		[0xf0, 0x8f, 0xbf, 0xbf],
		[0xf8, 0x88, 0x80, 0x80, 0x80],
	],
	...[
		[0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
		[0xf8, 0x80, 0x80, 0x80, 0xaf],
		[0xfc, 0x80, 0x80, 0x80, 0x80, 0xaf],
	],
	// Surrogates, alone and as CESU-8 has them.
	...[
		[0xed, 0xa0, 0x80],
		[0xed, 0xad, 0xbf],
		[0xed, 0xae, 0x80],
		[0xed, 0xaf, 0xbf],
		[0xed, 0xb0, 0x80],
		[0xed, 0xbf, 0xbf],
	],
	...[
		[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
		[0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
	],
	// Above U+10FFFF.
	...[
		[0xf4, 0x90, 0x80, 0x80],
		[0xf5, 0x80, 0x80, 0x80],
		[0xf7, 0xbf, 0xbf, 0xbf],
		[0xfe, 0xff],
		[0xff, 0xfe],
	],
];

export const refusedBytes: readonly Buffer[] = noUtf8.flatMap((bytes) => [
	inString(bytes),
	around('{"', bytes, '":1}'),
]);

export const refusedStructures = [
	...words(
		'[1,] [,1] [,] [,,] [1,,2] [1;2] [1:2] [1=2] [ [1 [[1] [1]] ] [1} [1) (1] ["a" ["a [a] [a,b] [1,2 [-] [1,[2] ["a",] [1]x',
	),
	...words(
		'{ } {"a":1 {"a":1,} {,"a":1} {,} {"a"} {"a":} {"a":,} {:1} {:} {a:1} {\'a\':1} {1:1} {null:1} {true:1} {[]:1} {{}:1} {"a"1}',
	),
	...words(
		'{"a"=1} {"a"=>1} {"a"->1} {"a":1;"b":2} {"a":1,,"b":2} {"a":1:2} {"a","b"} {"a":1] {"a":1}} {"a":1}{ {"a"::1} {"a":1,"b"} {1} {"a\':1}',
	),
	...[
		"[1 2]",
		'{"a" 1}',
		'{"a":1 "b":2}',
		'{"a":1,"b" 2}',
		'{"a":1 2}',
		'{"a" "b":1}',
		"[1, 2",
		'{"a":[}',
		'{"a":{]',
		'[{"a":1]',
		"[{]}",
	],
	...[
		"/**/1",
		"1/**/",
		"//x\n1",
		"1//x\n",
		"#x\n1",
		"--1\n",
		"[1/*,*/]",
		"/*",
		"*/",
		"<!--x-->1",
		'{"a":1/*x*/}',
		'{/**/"a":1}',
	],
	...[
		"{...a}",
		"[...a]",
		"{a}",
		"{get a(){}}",
		'{["a"]:1}',
		'{"a":(1)}',
		"&a 1",
		"*a",
		"- 1\n- 2",
		"a: 1",
		"!!int 1",
		"---\n1",
	],
	...[
		"\v1",
		"\f1",
		"1\v",
		"1\f",
		"\x851",
		"\xa01",
		"1\xa0",
		"\u20281",
		"\u2029",
		"\u30001",
		"\ufeff1",
		"1\ufeff",
		"\u200b1",
		"\u180e1",
	],
	...["\x1e1", "\x001", "1\0", "\x7f1", "\b1", "[\v1]", '{\f"a":1}', '{"a"\xa0:1}', "[1\u2003,2]"],
];

export const acceptedNumbers = [
	...words(
		"0 -0 0.0 -0.0 1 -1 12 1.0 1.50 -1.5 0.1 0e0 0e1 0e+1 0E-1 -0e0 0.0e0 1e2 1E2 1e+2 1E+2 1e-2 1E-2 1e02 1e00002 1E-0000 1.5e3",
	),
	...words(
		"1e400 -1e400 1e-400 -1e-400 1E+9999 1e99999999999999999999 1.7976931348623157e308 1.7976931348623159e308 5e-324 2e-324",
	),
	...words(
		"9007199254740991 9007199254740992 9007199254740993 -9007199254740993 9223372036854775807 9223372036854775808 18446744073709551616",
	),
	...words(
		"12345678901234567890 -12345678901234567890 100000000000000000000000000000000001 3.14159265358979323846264338327950288",
	),
	...[
		"0.30000000000000004",
		"0.1000000000000000055511151231257827",
		"1.000000000000000000001",
		"4.35",
		"1e23",
		"123.456e+78",
	],
	...[
		"9".repeat(400),
		`0.${"0".repeat(400)}1`,
		`1${"0".repeat(1000)}`,
		`-0.${"3".repeat(1000)}`,
		`1e${"0".repeat(300)}1`,
	],
];

export const acceptedStrings = [
	...[
		'""',
		'" "',
		'"a"',
		'"\\""',
		'"\\\\"',
		'"\\/"',
		'"/"',
		'"\\b\\f\\n\\r\\t"',
		'"\\\\n"',
		'"\\\\u0041"',
		'"\\\\\\""',
		'"\'"',
	],
	...range(0, 0x1f).map((code) => `"\\u${hex(code)}"`),
	...range(0x20, 0x7f).map((code) => `"\\u${hex(code).toUpperCase()}"`),
	...range(0x7f, 0x9f).map((code) => `"${String.fromCharCode(code)}"`),
	...words(
		"\\u00e9 \\u00E9 é e\\u0301 é ß ﬁ İ ı \\u2028 \\u2029 \\u200b \\uFEFF \\ufffd \\uFFFE \\uFFFF \\uFDD0 \\u0fff",
	).map((text) => `"${text}"`),
	...words("\\uD83D\\uDE00 \\ud83d\\ude00 😀 👩‍👩‍👧‍👦 🇺🇳 日本語 العربية עברית \\uDBFF\\uDFFF \\ud800\\udc00").map(
		(text) => `"${text}"`,
	),
	// Surrogates without their other half: RFC 8259 §8.2 leaves them to whoever reads them.
	...words(
		"\\uD800 \\uDBFF \\uDC00 \\uDFFF \\uD800\\uD800 \\uDC00\\uD800 \\uD83Dx \\uD83D\\n x\\uDE00 \\uD83D\\\\uDE00 \\uD83D\\u0041 \\uD800\\uD83D\\uDE00",
	).map((text) => `"${text}"`),
	...[
		"\u2028",
		"\u2029",
		"\ufeff",
		"\ufffd",
		"\ufffe",
		"\uffff",
		"\ufdd0",
		"\u{10ffff}",
		"\u{1fffe}",
		"\ue000",
		"\u202e",
		"\u0000".replace("\0", "\\u0000"),
	].map((text) => `"${text}"`),
	...[
		"</script>",
		"<!--",
		"$\u007bx}",
		"$\u007bjndi:ldap://x}",
		"{{x}}",
		"%s%n",
		"' OR 1=1 --",
		"../../etc",
		"data: [DONE]\\n\\n",
		"\\r\\nx: y",
		"\\u0000\\u001b[2J",
	].map((text) => `"${text}"`),
	...[
		"a".repeat(70_000),
		"é".repeat(40_000),
		"\\u0041".repeat(20_000),
		"\\\\".repeat(40_000),
		'\\"'.repeat(40_000),
		"[{".repeat(40_000),
	].map((text) => `"${text}"`),
];

export const acceptedStructures = [
	...words('null true false [] {} [[]] [{}] [[],{}] [null] [1,2] [1,"a",null,true,[],{}] [[[[[[[[]]]]]]]]'),
	...words(
		'{"":0} {"":{"":{}}} {"a":1,"a":2} {"a":1,"a":1} {"a":{},"a":[]} {"a":1,"A":2} {"a":1,"\\u0061":2} {"\\u0000":1} {"\\ud800":1}',
	),
	...words(
		'{"__proto__":1} {"__proto__":{"x":1}} {"__proto__":null} {"constructor":{"prototype":{"x":1}}} {"prototype":1} {"toString":null}',
	),
	...words(
		'{"hasOwnProperty":1} {"valueOf":1} {"toJSON":1} {"then":1} {"length":-1} {"0":1,"2":2,"1":3} {"-1":0} {"1e3":0} {"$ref":"#/x"}',
	),
	...words(
		'{"__defineGetter__":1} {"\\u005f_proto__":{"x":1}} {"a.b":1} {"a[0]":1} {"é":1} {"😀":1} {"\ufeff":1} {"\u2028":1}',
	),
	...[
		'{" ":1}',
		'{"a b":1}',
		"[ 1 , 2 ]",
		"[\t1\n,\r2 ]",
		"{ }",
		"[ ]",
		'{ "a" : 1 , "b" : [ ] }',
		"[\r\n]",
		'{\n\t"a"\n:\n1\n}',
		" 1 ",
		"\n\t\r null",
	],
	`{"${"k".repeat(65_536)}":1}`,
	`{${range(1, 10_000)
		.map((index) => `"k${index}":${index}`)
		.join(",")}}`,
	`{${'"k":1,'.repeat(10_000)}"k":2}`,
	`[${"0,".repeat(50_000)}0]`,
	`[${"[],{},".repeat(10_000)}0]`,
	`[${"\n".repeat(50_000)}]`,
	...[100, 500, 998].flatMap((depth) => [
		`${"[".repeat(depth)}${"]".repeat(depth)}`,
		`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
		`${'[{"a":'.repeat(depth / 2)}1${"}]".repeat(depth / 2)}`,
		`${"[ ".repeat(depth)}"]["${"\n]".repeat(depth)}`,
	]),
];
