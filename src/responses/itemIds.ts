/** Ids of input items that came without one: they say which response's, and which of them, so that nothing more has to be kept. */

const form = /^item_(\d{1,6})_(resp_[\w-]{1,128})$/;

export const inputItemId = {
	of: (response: string, index: number): string => `item_${index}_${response}`,

	/** @returns undefined for an id of any other kind */
	read(id: string): { response: string; index: number } | undefined {
		const [, index, response] = form.exec(id) ?? [];
		return response === undefined ? undefined : { response, index: Number(index) };
	},
};
