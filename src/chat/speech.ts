/** Requests for speech, and the sound that is made of them, whichever dialect they come in. */

export interface SpeechRequest {
	readonly model: string | undefined;
	/** To be said. */
	readonly text: string;
	/** The vendor's name of a voice. */
	readonly voice: string | undefined;
	/** How it is to be said. */
	readonly instructions: string | undefined;
	/** `wav`, `pcm`, `mp3`, …; undefined where the upstream may choose. */
	readonly format: string | undefined;
}

/** 16-bit samples of one channel, the low byte first. */
export interface SpeechSound {
	readonly samples: Buffer;
	/** Samples in a second. */
	readonly rate: number;
}

export interface SpeechResponse extends SpeechSound {
	readonly model: string | undefined;
	/** Token counts as the upstream has written them; undefined if it has counted none. */
	readonly usage: Readonly<Record<string, unknown>> | undefined;
}

/** Before the samples. */
export const waveHeadBytes = 44;

/** The samples as a WAVE file. */
export function waveFile({ samples, rate }: SpeechSound): Buffer {
	const head = Buffer.alloc(waveHeadBytes);
	head.write("RIFF", 0);
	head.writeUInt32LE(waveHeadBytes - 8 + samples.length, 4);
	head.write("WAVEfmt ", 8);
	head.writeUInt32LE(16, 16);
	// Samples as they are, in one channel.
	head.writeUInt16LE(1, 20);
	head.writeUInt16LE(1, 22);
	head.writeUInt32LE(rate, 24);
	head.writeUInt32LE(2 * rate, 28);
	head.writeUInt16LE(2, 32);
	head.writeUInt16LE(16, 34);
	head.write("data", 36);
	head.writeUInt32LE(samples.length, 40);
	return Buffer.concat([head, samples]);
}
