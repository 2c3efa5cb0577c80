/** Tokens that expire, by a clock that the tests set. */
import { expect, test } from "vitest";
import { type ExpiringToken, expiringToken, type Token } from "../../src/providers/expiringToken.js";

const hourMs = 3_600_000;

/** An issuer whose tokens are numbered. */
function startIssuer() {
	const issuer = {
		now: 1_000_000,
		isDown: false,
		/** It gives the same one again until shortly before its end, as metadata servers do. */
		kept: undefined as Token | undefined,
		asked: [] as (string | undefined)[],
		token: undefined as unknown as ExpiringToken,
		/** The value that requests have now. */
		shown: async () => (await issuer.token.get()).value,
		/** After what was asked for in the background. */
		settled: () => new Promise(setImmediate),
	};
	issuer.token = expiringToken(
		async (refused) => {
			issuer.asked.push(refused);
			if (issuer.isDown) throw new Error("down");
			return issuer.kept ?? { value: `token-${issuer.asked.length}`, expiresAtMs: issuer.now + hourMs };
		},
		() => issuer.now,
	);
	return issuer;
}

test("a token is fetched anew five minutes ahead of its end, while requests use the old one", async () => {
	const issuer = startIssuer();
	expect(await issuer.shown()).toBe("token-1");
	issuer.now += hourMs - 301_000;
	expect(issuer.token.get()).toMatchObject({ value: "token-1" });
	expect(issuer.asked).toHaveLength(1);
	issuer.now += 2_000;
	expect(issuer.token.get()).toMatchObject({ value: "token-1" });
	await issuer.settled();
	expect(issuer.token.get()).toMatchObject({ value: "token-2" });
});

test("whoever hands tokens on waits for the new one", async () => {
	const issuer = startIssuer();
	await issuer.shown();
	issuer.now += hourMs - 299_000;
	expect(await issuer.token.latest()).toMatchObject({ value: "token-2" });
	issuer.now += hourMs - 299_000;
	issuer.isDown = true;
	expect(await issuer.token.latest()).toMatchObject({ value: "token-2" });
	issuer.now += 300_000;
	await expect(issuer.token.latest()).rejects.toThrow("down");
});

test("while its issuer is down the old token is used, and the issuer is asked every ten seconds", async () => {
	const issuer = startIssuer();
	await issuer.shown();
	issuer.isDown = true;
	issuer.now += hourMs - 299_000;
	for (let second = 0; second < 25; second += 1) {
		expect(await issuer.shown()).toBe("token-1");
		await issuer.settled();
		issuer.now += 1_000;
	}
	expect(issuer.asked).toHaveLength(4);
	issuer.now += 300_000;
	await expect(issuer.shown()).rejects.toThrow("down");
	issuer.isDown = false;
	expect(await issuer.shown()).toBe("token-6");
});

test("a token that its issuer gives once more is asked for again after ten seconds", async () => {
	const issuer = startIssuer();
	issuer.kept = { value: "kept", expiresAtMs: issuer.now + hourMs };
	await issuer.shown();
	issuer.now += hourMs - 299_000;
	for (const seconds of [0, 9, 2]) {
		issuer.now += seconds * 1000;
		expect(await issuer.shown()).toBe("kept");
		await issuer.settled();
	}
	expect(issuer.asked).toHaveLength(3);
});

test("a token that was refused is fetched anew, once for all who were refused with it, and not at once after it came", async () => {
	const issuer = startIssuer();
	await issuer.shown();
	expect(issuer.token.renew("token-1")).toBe(false);
	issuer.now += 11_000;
	expect([issuer.token.renew("token-1"), issuer.token.renew("token-1")]).toEqual([true, true]);
	expect(await issuer.shown()).toBe("token-2");
	expect(issuer.token.renew("token-1")).toBe(true);
	expect(await issuer.shown()).toBe("token-2");
	expect(issuer.asked).toEqual([undefined, "token-1"]);
});

test("requests that need a token at the same time share one question", async () => {
	const issuer = startIssuer();
	expect(await Promise.all([issuer.shown(), issuer.shown(), issuer.shown()])).toEqual(Array(3).fill("token-1"));
	expect(issuer.asked).toHaveLength(1);
});
