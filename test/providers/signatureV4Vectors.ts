/**
 * Requests with their signatures, from AWS's own test suite for Signature Version 4: aws-c-auth,
 * `tests/aws-signing-test-suite/v4`, Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License 2.0.
 *
 * Left out are those that no URL can express: paths that are not encoded, and empty segments that are to be removed.
 */

export interface Vector {
	readonly name: string;
	readonly method: string;
	readonly path: string;
	readonly headers?: readonly (readonly [name: string, value: string])[];
	readonly body?: string;
	/** Of the session. */
	readonly token?: string;
	readonly signature: string;
}

const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const get = (name: string, path: string, signature: string, more: Partial<Vector> = {}): Vector => ({
	name,
	method: "GET",
	path,
	signature,
	...more,
});
const post = (name: string, path: string, signature: string, more: Partial<Vector> = {}): Vector => ({
	...get(name, path, signature, more),
	method: "POST",
});
const vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
const form = "application/x-www-form-urlencoded";
const hashed = ["x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"] as const;

export const vectors: readonly Vector[] = [
	get("get-vanilla", "/", vanilla),
	get("get-vanilla-query", "/", vanilla),
	get("get-slash-dot-slash-normalized", "/./", vanilla),
	get("get-relative-normalized", "/example/..", vanilla),
	get("get-relative-relative-normalized", "/example1/example2/../..", vanilla),
	get(
		"get-slash-pointless-dot-normalized",
		"/./example",
		"ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
	),
	get("get-slashes-unnormalized", "//example//", "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"),
	get("get-unreserved", `/${unreserved}`, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
	get(
		"get-vanilla-empty-query-key",
		"/?Param1=value1",
		"a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
	),
	get(
		"get-vanilla-query-order-key-case",
		"/?Param2=value2&Param1=value1",
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
	),
	get(
		"get-vanilla-query-order-encoded",
		"/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
		"371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
	),
	get(
		"get-vanilla-query-unreserved",
		`/?${unreserved}=${unreserved}`,
		"9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
	),
	get("get-vanilla-utf8-query", "/?ሴ=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
	get("get-vanilla-with-session-token", "/", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8", {
		token: "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
	}),
	get("get-header-key-duplicate", "/", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea", {
		headers: [
			["My-Header1", "value2"],
			["My-Header1", "value2"],
			["My-Header1", "value1"],
		],
	}),
	get("get-header-value-multiline", "/", "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790", {
		headers: [
			["My-Header1", "value1"],
			["My-Header1", "  value2"],
			["My-Header1", "     value3"],
		],
	}),
	get("get-header-value-order", "/", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01", {
		headers: [
			["My-Header1", "value4"],
			["My-Header1", "value1"],
			["My-Header1", "value3"],
			["My-Header1", "value2"],
		],
	}),
	get("get-header-value-trim", "/", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736", {
		headers: [
			["My-Header1", " value1"],
			["My-Header2", ' "a   b   c"'],
		],
	}),
	post("post-vanilla", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
	post("post-vanilla-query", "/?Param1=value1", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
	post("post-header-key-sort", "/", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c", {
		headers: [["My-Header1", "value1"]],
	}),
	post("post-header-value-case", "/", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d", {
		headers: [["My-Header1", "VALUE1"]],
	}),
	post("post-sts-header-before", "/", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead", {
		token:
			"AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
	}),
	post("post-x-www-form-urlencoded", "/", "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b", {
		headers: [["Content-Type", form], ["Content-Length", "13"], hashed],
		body: "Param1=value1",
	}),
	post(
		"post-x-www-form-urlencoded-parameters",
		"/",
		"328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
		{
			headers: [["Content-Type", `${form}; charset=utf-8`], ["Content-Length", "13"], hashed],
			body: "Param1=value1",
		},
	),
];
