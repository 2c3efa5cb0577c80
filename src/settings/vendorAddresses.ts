/** Where vendors' APIs are, by the `provider` of an upstream that says no more. */

export interface VendorAddress {
	readonly url: string;
	/** The path of its API, for a URL of another place that has none. */
	readonly root: string;
}

export const vendorAddresses: Readonly<Record<string, VendorAddress>> = {
	gemini: { url: "https://generativelanguage.googleapis.com", root: "/v1beta" },
};
