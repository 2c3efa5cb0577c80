/** The primary's half of seals' secrets: finds those of each generation before its first worker starts. */

import { newSealSecret } from "../dialects/seals.js";
import { firstLine, messageOf } from "../errors/problem.js";
import type { PrimaryHalf } from "../process/channel/topic.js";
import type { Settings } from "../settings/settings.js";
import type { SealKeysTopic } from "./messages.js";
import { storedSecret } from "./storedSecret.js";

export function createPrimarySealKeys(complain: (line: string) => void): PrimaryHalf<SealKeysTopic> {
	/** For a gateway that has nowhere to keep one. */
	const ownSecret = newSealSecret();
	const secretsOf = new Map<Settings, readonly [string, ...string[]]>();

	async function stored(settings: Settings): Promise<string | undefined> {
		try {
			return await storedSecret(settings, settings.sealSecrets.length === 0 ? newSealSecret() : undefined);
		} catch (error) {
			complain(
				`what clients keep sealed can't be read after this gateway's end: its secret can't be kept (${firstLine(messageOf(error))})`,
			);
			return undefined;
		}
	}

	return {
		topic: "sealKeys",
		async open(settings) {
			const found = await stored(settings);
			const [first = ownSecret, ...others] = [...settings.sealSecrets, ...(found === undefined ? [] : [found])];
			secretsOf.set(settings, [first, ...others]);
		},
		join: ({ settings }) => ({ snapshot: () => secretsOf.get(settings) ?? [ownSecret] }),
		end(settings) {
			secretsOf.delete(settings);
		},
	};
}
