/** What goes wrong with conversations, in the vendor's words. */

import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";

export function conversationNotFound(id: string, param: string): GatewayError {
	return notFound(`Conversation with id '${id}' not found.`, "conversation_not_found", param);
}

export function conversationLocked(): GatewayError {
	const message = "Another process is currently operating on this conversation. Please retry in a few seconds.";
	return new GatewayError(400, message, { code: "conversation_locked", param: "conversation" });
}

export function duplicateItem(id: string): GatewayError {
	const message = `An item with the id '${id}' is in the conversation already.`;
	return new GatewayError(400, message, { code: "duplicate_item", param: "items" });
}

export function noConversationId(): GatewayError {
	return new GatewayError(400, "Invalid type for 'conversation': expected an id, or an object with an id.", {
		code: "invalid_type",
		param: "conversation",
	});
}
