/**
 * Gives the memory of bytes back that nobody needs any more. V8 would do so when it collects garbage: until then a large body's pieces take as much
 * as the body, and leave holes in the C library's heap that it keeps.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Transfer = (this: ArrayBuffer, length: number) => ArrayBuffer;

let transfer: Transfer | undefined;

/** The bytes are gone then, for all that refer to them. Does nothing to a part of larger memory, or where V8 has no way to do it. */
export function freeBytes({ buffer, byteLength }: Buffer): void {
	if (byteLength !== buffer.byteLength) return;
	transfer ??= (ArrayBuffer.prototype as { transfer?: Transfer }).transfer ?? transferOfNewContext() ?? doNothing;
	transfer.call(buffer as ArrayBuffer, 0);
}

/** Before Node 22, V8 has it only in contexts that are made while a flag is set. */
function transferOfNewContext(): Transfer | undefined {
	setFlagsFromString("--harmony-rab-gsab-transfer");
	const found = runInNewContext("ArrayBuffer.prototype.transfer") as Transfer | undefined;
	setFlagsFromString("--no-harmony-rab-gsab-transfer");
	return found;
}

function doNothing(this: ArrayBuffer): ArrayBuffer {
	return this;
}
