/** The files that batches are read from and written to. */

export interface BatchFiles {
	/** @returns its content; undefined if this owner has no such file */
	read(owner: string, id: string): Promise<AsyncIterable<Buffer> | undefined>;
	/** Keeps a file for its owner to download. @returns its id */
	write(owner: string, name: string, content: AsyncIterable<Buffer>): Promise<string>;
}
