/** What belongs to the test file that is running. Modules outlive it: most files share a process with others. */
export const thisFile = {
	/** Where its commands keep their data: a folder of its own, never the user's. */
	dataFolder: "",
	/** What ends when the file does, the last first. */
	endings: [] as (() => unknown)[],
};
