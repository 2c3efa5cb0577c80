/** Addresses and nets that a key may be used from. */
import { expect, test } from "vitest";
import { compileAddresses } from "../../src/keys/addresses.js";

test.each<[string[], string, boolean]>([
	[["10.0.0.0/8"], "10.255.255.255", true],
	[["10.0.0.0/8"], "11.0.0.0", false],
	[["10.0.0.7"], "10.0.0.7", true],
	[["10.0.0.7"], "10.0.0.8", false],
	[["10.0.0.7/32"], "10.0.0.7", true],
	[["0.0.0.0/0"], "203.0.113.9", true],
	[["0.0.0.0/0"], "2001:db8::1", false],
	[["10.0.0.0/8"], "::ffff:10.1.2.3", true],
	[["10.0.0.0/8"], "::ffff:11.1.2.3", false],
	[["10.0.0.0/8"], "10.1.2.3:5000", true],
	[["2001:db8::/32"], "2001:db8:ffff::1", true],
	[["2001:db8::/32"], "2001:db9::1", false],
	[["2001:db8::/32"], "[2001:db8::1]:443", true],
	[["::1"], "0:0:0:0:0:0:0:1", true],
	[["fe80::/10"], "fe80::1%eth0", true],
	[["192.0.2.0/24", "::1"], "::1", true],
	[["10.0.0.0/8"], "", false],
	[["10.0.0.0/8"], "unknown", false],
])("%j and %s: %s", (list, address, expected) => {
	expect(compileAddresses(list)(address)).toBe(expected);
});

test.each([
	"10.0.0.0/33",
	"::/129",
	"10.0.0",
	"10.0.0.0/",
	"10.0.0.0/-1",
	"10.0.0.0/8/8",
	"example.com",
	"fe80::1%eth0",
	"",
])("%j is neither address nor net", (text) => {
	expect(() => compileAddresses([text])).toThrow(
		/must be an address such as 10\.0\.0\.7 or a net such as 10\.0\.0\.0\/8/,
	);
});
