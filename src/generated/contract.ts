// Written by `npm run generate` from openapi.yaml. Changes belong there.

export interface paths {
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stored chat completions
         * @description Those of the key's team, or of the key if it has no team. On a gateway without keys the caller's credential counts:
         *     nobody sees what was stored with another one, and callers without one share theirs.
         */
        get: operations["listStoredCompletions"];
        put?: never;
        /**
         * Create a chat completion
         * @description Answers a conversation, at once or as a stream of events.
         */
        post: operations["createChatCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions/{completion_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a stored chat completion
         * @description The answer as the client got it, with the parameters and notes of its request.
         */
        get: operations["retrieveStoredCompletion"];
        put?: never;
        /**
         * Update a stored chat completion
         * @description Replaces its notes. Nothing else can be changed.
         */
        post: operations["updateStoredCompletion"];
        /**
         * Delete a stored chat completion
         * @description Removes it and its request for good.
         */
        delete: operations["deleteStoredCompletion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions/{completion_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the messages of a stored chat completion
         * @description The conversation that the completion answers. The answer itself is in the completion.
         */
        get: operations["listStoredCompletionMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a message
         * @description Answers a conversation in the words of Anthropic's Messages API, at once or as a stream of events. An upstream that
         *     speaks it gets the request, its `anthropic-` headers and its query as they came; for others it is translated, and
         *     what they can't be told is named in `x-llmgw-dropped`. No defaults are filled in.
         */
        post: operations["createMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/count_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count a message's tokens
         * @description How many tokens the prompt of such a request has. An upstream that speaks the Messages API counts them itself. For
         *     others the gateway does: by the model's own tokenizer where it has it, and else by an estimate. Spends nothing of any
         *     limit but this operation's own.
         */
        post: operations["countMessageTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List batches
         * @description The newest first.
         */
        get: operations["listBatches"];
        put?: never;
        /**
         * Create a batch
         * @description Runs the requests in a file, each a line of JSON with `custom_id`, `method`, `url` and `body`, one by one when there is
         *     room beside the requests of clients. Each goes through the gateway as a request of this key. The answers are in the files
         *     `output_file_id` and `error_file_id` when it is over.
         */
        post: operations["createBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a batch
         * @description With how many of its requests are done, and the tokens they have used.
         */
        get: operations["retrieveBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a batch
         * @description Requests in flight are broken off, and the others are not sent. What is answered is in its files. One that is over stays
         *     as it is.
         */
        post: operations["cancelBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List batches of messages
         * @description The newest first.
         */
        get: operations["listMessageBatches"];
        put?: never;
        /**
         * Create a batch of messages
         * @description Runs requests of the Messages API, each with a `custom_id` and its `params`, one by one when there is room beside the
         *     requests of clients. Each goes through the gateway as a request of this key. Their models may differ.
         */
        post: operations["createMessageBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batches/{message_batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a batch of messages
         * @description With how many of its requests are done.
         */
        get: operations["retrieveMessageBatch"];
        put?: never;
        post?: never;
        /**
         * Delete a batch of messages
         * @description Removes it with its results. One that is under way has to be cancelled first.
         */
        delete: operations["deleteMessageBatch"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batches/{message_batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a batch of messages
         * @description Requests in flight are broken off, and the others are not sent. What is answered stays.
         */
        post: operations["cancelMessageBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batches/{message_batch_id}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Results of a batch of messages
         * @description A line of JSON for each request, in their order, when the batch has ended.
         */
        get: operations["listMessageBatchResults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a text completion
         * @description Continues a text, at once or as a stream of events. Newer applications use chat completions.
         */
        post: operations["createCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Connect for responses
         * @description A WebSocket (RFC 6455) for many responses, in the words of OpenAI's WebSocket mode. A text frame `response.create` has the body of `POST /v1/responses`, without `stream` and `background`, and is one request for limits, usage and logs. The answers are the events of a stream, one in each text frame, and errors with their `status`. The gateway's own checks are made before the connection is opened. Where there are no WebSockets the answer is 426, and clients go on over HTTP.
         */
        get: operations["connectResponses"];
        put?: never;
        /**
         * Create a response
         * @description Answers an input, at once or as a stream of events, in the words of OpenAI's Responses API. An upstream that speaks it gets the request as it came; for others it becomes a chat completion, and `x-llmgw-dropped` names what could not be carried. Responses are kept unless `store` is false, and `previous_response_id` goes on from one over any upstream.
         */
        post: operations["createResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/kept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List kept responses
         * @description Responses that can be gone on from, each with its place in its thread, and without what it says. Those of the key's team, or of the key if it has no team; without keys everybody's.
         */
        get: operations["listKeptResponses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a response
         * @description A response that is kept, whole, or with `stream` as its events. One that was asked for with an `Idempotency-Key`, as a stream that can be resumed or in the background is there while it is under way, too, and its events from the one after `starting_after` on. Only its owner gets it. What an upstream keeps is asked for there.
         */
        get: operations["retrieveResponse"];
        put?: never;
        post?: never;
        /**
         * Delete a response
         * @description Its items are gone, and nothing can go on from it any more, nor from what went on from it.
         */
        delete: operations["deleteResponse"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response_id}/input_items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a response's input
         * @description All items that the model was given: those of the request, and before them what the responses that it goes on from brought. They are as they came; one that had no id has one here.
         */
        get: operations["listResponseItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response_id}/turns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the turns that lead to a response
         * @description The response, and before it those that it goes on from, each with the items that its request brought and those that it was answered. An upstream that keeps a response itself keeps its items, too.
         */
        get: operations["listResponseTurns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{response_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a response
         * @description Ends a response that is generated in the background, whichever worker or machine does it. One that is over stays as it is. Only its owner may cancel it, and only a response that was asked for with `background`.
         */
        post: operations["cancelResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/input_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count an input's tokens
         * @description What the input of a response would come to. An upstream that speaks the Responses API counts it itself. For others the gateway does: by the model's own tokenizer where it has it, and else by an estimate. Spends nothing of any limit but this operation's own.
         */
        post: operations["countResponseTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/compact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compact a conversation
         * @description Makes a long input short: what the user has said as it is, and the rest in a `compaction` item, which later requests give back. Upstreams that keep responses do it themselves. For others the model sums up, in one ordinary request of this one's body, and the gateway seals the summary.
         */
        post: operations["compactResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a conversation
         * @description With up to 20 items to begin with. Responses that name it go on from its items, and are appended to it.
         */
        post: operations["createConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/kept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List conversations
         * @description Without their items, in the order in which they were made. Those of the key's team, or of the key if it has no team; without keys everybody's.
         */
        get: operations["listKeptConversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a conversation
         * @description Without its items.
         */
        get: operations["retrieveConversation"];
        put?: never;
        /**
         * Update a conversation
         * @description Replaces its notes.
         */
        post: operations["updateConversation"];
        /**
         * Delete a conversation
         * @description Removes it with its items. Responses that were appended to it stay.
         */
        delete: operations["deleteConversation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List items
         * @description Newest first.
         */
        get: operations["listConversationItems"];
        put?: never;
        /**
         * Add items
         * @description Appends up to 20 items, all or none. Refused with the code `conversation_locked` while a response is under way in it.
         */
        post: operations["createConversationItems"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}/items/{item_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve an item
         * @description As it was added, with its id.
         */
        get: operations["retrieveConversationItem"];
        put?: never;
        post?: never;
        /**
         * Delete an item
         * @description Later responses no longer see it.
         */
        delete: operations["deleteConversationItem"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create embeddings
         * @description Turns texts into vectors.
         */
        post: operations["createEmbedding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transcribe audio
         * @description Turns speech into text, in its own language.
         *
         *     A body up to `--upload-memory` is kept and may be sent to several upstreams. A larger one is passed on as it comes if
         *     `model` stands before `file`, so that only one upstream can be asked; else it is put on disk first.
         */
        post: operations["createTranscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/translations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Translate audio
         * @description Turns speech into English text.
         *
         *     A body up to `--upload-memory` is kept and may be sent to several upstreams. A larger one is passed on as it comes if
         *     `model` stands before `file`, so that only one upstream can be asked; else it is put on disk first.
         */
        post: operations["createTranslation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create speech
         * @description Turns a text into speech. The sound passes as it comes: it is neither decoded nor logged, and a log's line has its size
         *     and its hash.
         */
        post: operations["createSpeech"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rerank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rank documents
         * @description Orders documents by how relevant they are to a query. The request is Cohere's, Jina's or Voyage's, and so is the answer:
         *     `results`, or `data` for a request with Voyage's `top_k` or `truncation`. Upstreams of another shape get the request
         *     translated, and what they can't be told is named in `x-llmgw-dropped`.
         */
        post: operations["createRerank"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create images
         * @description Makes pictures of words, at once or with `stream` as events. Gemini's, Imagen's and Bedrock's models are asked in their own
         *     words; what they can't be told is named in `x-llmgw-dropped`.
         */
        post: operations["createImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Edit images
         * @description Changes pictures as words say, at once or with `stream` as events. The pictures come as files of a form, or in JSON as data
         *     URLs. Upstreams that follow OpenAI get the body as it came; Gemini's and Bedrock's models are asked in their own words, with pictures
         *     that fit in memory (`--upload-memory`).
         */
        post: operations["createImageEdit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/variations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Vary an image
         * @description Makes pictures like one, which comes as a file of a form.
         */
        post: operations["createImageVariation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/moderations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Judge texts and pictures
         * @description Says of texts and pictures which of OpenAI's categories of harm they belong to. An upstream without moderations is asked by
         *     a chat completion: a model made for it, such as Llama Guard, or any other.
         */
        post: operations["createModeration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokenize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Split a text into tokens
         * @description The tokens of a text, or the number of those of messages, as vLLM says it. An upstream that has a tokenizer answers itself; for
         *     others the gateway does, by the model's own tokenizer where it has it, and else by an estimate of the number.
         */
        post: operations["tokenize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/detokenize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join tokens
         * @description The text of tokens, by an upstream that has a tokenizer, or by the gateway where it has the model's own.
         */
        post: operations["detokenize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models
         * @description The public names of the routes, or the models of the upstream. Beside OpenAI's members each has what is known of it, the
         *     same for every upstream. A client that sends `anthropic-version` or `x-goog-api-client` gets its vendor's shape, and one
         *     that sends `client_version` the catalogue that Codex reads.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a model
         * @description One model of the upstream. If the upstream has only the list, the gateway finds it there.
         */
        get: operations["retrieveModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List files
         * @description One's own, newest first.
         */
        get: operations["listFiles"];
        put?: never;
        /**
         * Keep a file
         * @description OpenAI's, and Anthropic's for clients that send `anthropic-version`. Where it is kept is the setting `files`.
         */
        post: operations["createFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{file_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a file
         * @description What is known of it, without its content.
         */
        get: operations["retrieveFile"];
        put?: never;
        post?: never;
        /**
         * Delete a file
         * @description Its content is gone too.
         */
        delete: operations["deleteFile"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{file_id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a file
         * @description Its content, as it was sent.
         */
        get: operations["retrieveFileContent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin an upload
         * @description For files that come in parts. It lasts for an hour.
         */
        post: operations["createUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/parts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a part
         * @description Of up to 64 MB. Parts may come in any order, and several at once.
         */
        post: operations["createUploadPart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete an upload
         * @description Makes a file of its parts, in the order that the request names.
         */
        post: operations["completeUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an upload
         * @description Its parts are gone.
         */
        post: operations["cancelUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List prompts
         * @description Newest first.
         */
        get: operations["listPrompts"];
        put?: never;
        /**
         * Create a prompt
         * @description Creates a prompt with its first version. No other prompt may have its name.
         */
        post: operations["createPrompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a prompt
         * @description By its id or its name, without the content of its versions.
         */
        get: operations["retrievePrompt"];
        put?: never;
        /**
         * Change a prompt
         * @description Changes the name, description or metadata. What is not given stays; metadata is replaced as a whole.
         */
        post: operations["updatePrompt"];
        /**
         * Delete a prompt
         * @description Hides the prompt until it is restored. Requests that name one of its versions by number still get it.
         */
        delete: operations["deletePrompt"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a deleted prompt
         * @description With its versions and labels as they were.
         */
        post: operations["restorePrompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a prompt's versions
         * @description Newest first. A deleted prompt still has them.
         */
        get: operations["listPromptVersions"];
        put?: never;
        /**
         * Create a version
         * @description Adds a version, which gets the next number and never changes.
         */
        post: operations["createPromptVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a version
         * @description By its number. A deleted prompt still has it.
         */
        get: operations["retrievePromptVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare two versions
         * @description What changed from one version to another, as a list of changes and as a unified diff.
         */
        get: operations["diffPromptVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/labels/{label}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a label
         * @description Makes the label point to this version.
         */
        put: operations["setPromptLabel"];
        post?: never;
        /**
         * Delete a label
         * @description The version that it points to stays.
         */
        delete: operations["deletePromptLabel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Render a prompt
         * @description The messages and parameters that a chat completion with this prompt and these variables would have, without asking a model.
         */
        post: operations["renderPrompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Counters, gauges and histograms of all workers, added up, in Prometheus' text format (version 0.0.4). A counter
         *     never goes down while the gateway runs, even if workers are replaced. `docs/observability.md` lists the metrics.
         *     If there are keys it needs one with the permission `metrics`, or the administrator's credential: it is about all
         *     keys, models and upstreams.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description Expired and revoked ones too.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description The secret is in this answer and nowhere else; the gateway keeps only its hash.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a key
         * @description By its id, or by its name while it is not revoked.
         */
        get: operations["retrieveKey"];
        put?: never;
        /**
         * Update a key
         * @description Members that are given replace the old ones; `null` removes a restriction. The change is in force in all workers when this answers, or `pending` lists those that lack it.
         */
        post: operations["updateKey"];
        /**
         * Revoke a key
         * @description For good. The key has stopped working in all workers when this answers, or `pending` lists those in which it still works.
         *     While the store can't be written to, the key is revoked in this gateway, the answer is a 202, and the store follows later.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key another secret
         * @description The old one still works for a while, so that clients can be changed one by one.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what administrators did
         * @description Every change of keys, with who made it and from where. Each entry holds the previous one's hash.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how many answers are kept
         * @description Answers that routes with `cache` keep for equal requests, in the memory of this machine and behind it.
         */
        get: operations["showCache"];
        put?: never;
        post?: never;
        /**
         * Remove answers from the cache
         * @description Those for which all that is said holds; without any parameter, all answers. A parameter that isn't known is refused. Other machines that share a store forget
         *     them within ten seconds.
         */
        delete: operations["clearCache"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/lessons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what models refuse
         * @description Members and betas that upstreams have refused by name, on routes with `learn`, and are left out of requests until the lesson expires.
         */
        get: operations["listLessons"];
        put?: never;
        post?: never;
        /**
         * Forget all that models refuse
         * @description What was left out is sent again by the next request.
         */
        delete: operations["forgetLessons"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/lessons/{lesson}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget one thing that a model refuses
         * @description It is sent again by the next request.
         */
        delete: operations["forgetLesson"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a link for a session
         * @description The dashboard does this with the link that the gateway or `llmw ui` printed. A link works once and for ten minutes, a session
         *     for twelve hours, and neither outlives the gateway.
         */
        post: operations["createSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what webhooks are told
         * @description Messages of the last seven days, the newest first, with what has become of them.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/deliveries/{delivery}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message again
         * @description Sends it now, whatever has become of it, and again if it is not taken.
         */
        post: operations["retryWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/{webhook}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a webhook
         * @description Sends a message of the type `webhook.test` at once, and tells how it went. It is not sent again.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List batches of all keys
         * @description The newest first, of both kinds, with their progress, also those that upstreams run.
         */
        get: operations["listAllBatches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/batches/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a batch
         * @description Whoever's it is.
         */
        get: operations["retrieveAnyBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/batches/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a batch of any key
         * @description As its owner can.
         */
        post: operations["cancelAnyBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions of agents
         * @description Those that have left a usage record, the one that was heard of last first, kept for `--usage-max-age`. With `active=true` those that
         *     have requests under way in this gateway, all of them.
         */
        get: operations["listAgentSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a session with its turns and sub-agents
         * @description What each of its agents has used, its last hundred turns, and what is under way.
         */
        get: operations["retrieveAgentSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/sessions/{session}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a session
         * @description Ends its streams with an error in their dialect and refuses its requests (400 `session_stopped`), in all workers once this is
         *     answered, and in gateways that share the store within seconds. A restart changes nothing about that.
         */
        post: operations["stopAgentSession"];
        /**
         * Let a stopped session go on
         * @description Its next request passes.
         */
        delete: operations["resumeAgentSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The current state, and the last ten minutes
         * @description What the dashboard shows: requests to upstreams, added up over all workers, in steps of two seconds; each upstream; the
         *     workers. It is kept in the primary's memory and starts over with it. It costs requests nothing.
         */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models with all that is known of them
         * @description Each model that clients can ask for, with the targets of its route: what is known of the model at each, and who says it.
         */
        get: operations["listCatalogue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List requests with their usage
         * @description A record of each request to a model, up to two seconds after its end, kept for `--usage-max-age`. It holds nothing of the
         *     question or the answer. With `Accept: text/csv` or `format=csv` a page is a table.
         */
        get: operations["listRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tokens and cost, by time and by group
         * @description Sums over whole minutes, hours or days (UTC), up to two seconds late. A caller with a key sees its own, an
         *     administrator all; without keys, everybody sees all. With `Accept: text/csv` or `format=csv` a page is a table.
         */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The gateway, and where to find what
         * @description Names the gateway, its version and where things are: a page for browsers, JSON for programs, as `accept` says. It says
         *     nothing about upstreams, models, keys or requests. Ollama's own clients (`user-agent`) get "Ollama is running" as plain text.
         */
        get: operations["getGreeting"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is this worker alive?
         * @description Answers without asking any upstream or store. For liveness probes.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can requests be answered?
         * @description Whether the gateway accepts requests, is not about to stop (`--drain-delay`), and at least one upstream can be used. For readiness probes.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The contract in force, as JSON
         * @description This document with the overlays that the gateway runs with.
         */
        get: operations["getOpenApiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The contract in force, as YAML
         * @description This document with the overlays that the gateway runs with.
         */
        get: operations["getOpenApiYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Connect a realtime session
         * @description A WebSocket (RFC 6455) that is one session with one upstream, in the words of OpenAI's Realtime API: frames are relayed both ways as they are. The whole session is one request for limits, usage and logs; each `response.done` counts when it comes. A browser shows its key, or a client secret, in the subprotocol `openai-insecure-api-key.{key}` beside `realtime`. What the upstream refuses before its first frame is answered over HTTP.
         */
        get: operations["connectRealtime"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/client_secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a client secret
         * @description A secret of the gateway's own, with which a browser may open realtime sessions until it expires. The sessions are those of the key that has asked for it, within its limits, and begin with the configuration given here. No upstream is asked.
         */
        post: operations["createRealtimeClientSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a session's client secret, in the words of the beta
         * @description What `/v1/realtime/client_secrets` is today. The secret is the gateway's own.
         */
        post: operations["createRealtimeSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/transcription_sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a transcription session's client secret, in the words of the beta
         * @description The same for a session that transcribes, which begins with `transcription_session.update`.
         */
        post: operations["createRealtimeTranscriptionSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a call
         * @description A realtime session over WebRTC: a browser's offer (SDP) goes to an upstream, whose answer comes back. Sound goes between the two, past the gateway, which holds a WebSocket beside the call: it counts what is used, and hangs up where a limit ends it. The call is one request for limits, usage and logs, which lasts until it is over. A client secret says what the session is; a form may say it too, and the query may name its model.
         */
        post: operations["createRealtimeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/calls/{call_id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an incoming call
         * @description Answers a call that has come to an upstream by telephone (SIP), and says what its session is. The call is then the key's that has accepted it, and counts as one that it has created.
         */
        post: operations["acceptRealtimeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/calls/{call_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject an incoming call
         * @description Declines a call that has come to an upstream by telephone (SIP), and that nobody has accepted.
         */
        post: operations["rejectRealtimeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/calls/{call_id}/refer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transfer a call
         * @description Transfers a call by telephone (SIP) to somebody else.
         */
        post: operations["referRealtimeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/realtime/calls/{call_id}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a call
         * @description Ends a call, by WebRTC or by telephone.
         */
        post: operations["hangUpRealtimeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Connect a session of Gemini Live
         * @description A WebSocket (RFC 6455) that is one session of Google's Live API. The client's first frame, `setup`, names the model; everything is relayed as it is. What is refused after the handshake ends the connection with 1008 or 1011 and the reason.
         */
        get: operations["connectGeminiLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1beta/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models as Gemini does
         * @description The models that the client may use, in Google's shape. Spends nothing of any limit but this operation's own.
         */
        get: operations["listGeminiModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1beta/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieve a model as Gemini does
         * @description One of them. Spends nothing of any limit but this operation's own.
         */
        get: operations["retrieveGeminiModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1beta/models/{model}:generateContent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Generate content
         * @description Answers a conversation in the words of Google's Gemini API. An upstream that speaks it gets the body as it came, and in the
         *     path its own name of the model; for others the request is translated, and what they can't be told is named in
         *     `x-llmgw-dropped`. No defaults are filled in. Names of members may be written in camelCase or snake_case.
         */
        post: operations["generateContent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1beta/models/{model}:streamGenerateContent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stream content
         * @description The same, as a stream: with `alt=sse` of events, and without it a JSON list that grows.
         */
        post: operations["streamGenerateContent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1beta/models/{model}:countTokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count the tokens of content
         * @description How many tokens the prompt of such a request has. An upstream that speaks Google's API counts them itself. For others the
         *     gateway does: by the model's own tokenizer where it has it, and else by an estimate. Spends nothing of any limit but
         *     this operation's own.
         */
        post: operations["countContentTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1beta/models/{model}:embedContent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Embed content
         * @description Turns one text into a vector. For upstreams that follow OpenAI's API the request becomes one for embeddings.
         */
        post: operations["embedContent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1beta/models/{model}:batchEmbedContents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Embed many contents
         * @description Turns texts into vectors, in their order.
         */
        post: operations["batchEmbedContents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hello": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is a gateway here?
         * @description What coding agents ask before their first request (`HEAD /api/hello`, `HEAD /`). Answers at once, without a key, and
         *     counts for no limit.
         */
        get: operations["getHello"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Chat as with Ollama
         * @description Answers a conversation in the words of Ollama's API. An upstream that speaks it gets the body as it came; for others the request
         *     is translated, and what they can't be told is named in `x-llmgw-dropped`. Streams unless `stream` is false. Without messages it
         *     loads the model, or with `keep_alive: 0` unloads it: where no upstream of the route is Ollama, there is nothing to load, and the
         *     answer says at once that it is done.
         */
        post: operations["createOllamaChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Generate as with Ollama
         * @description Answers one prompt. Upstreams that don't speak Ollama's API are asked to chat: `raw`, `template`, `suffix` and `context` mean
         *     nothing to them, and are named in `x-llmgw-dropped`. Streams unless `stream` is false. Without a prompt it loads or unloads the
         *     model, as chat does without messages.
         */
        post: operations["createOllamaGeneration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/embed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Embed as with Ollama
         * @description Turns texts into vectors. For upstreams that don't speak Ollama's API the request becomes one for their embeddings.
         */
        post: operations["createOllamaEmbeddings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Embed one text as with Ollama
         * @description The older operation, which takes one text.
         */
        post: operations["createOllamaEmbedding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models as Ollama does
         * @description The models that the client may use, in Ollama's shape. Spends nothing of any limit but this operation's own.
         */
        get: operations["listOllamaModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show a model as Ollama does
         * @description What is known of a model: what it can do, and how long its context is. Spends nothing of any limit but this operation's own.
         */
        post: operations["showOllamaModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List running models as Ollama does
         * @description The models that are loaded, where all requests go to one Ollama; none elsewhere. Spends nothing of any limit but this operation's own.
         */
        get: operations["listRunningOllamaModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which version of Ollama's API this is
         * @description The version of Ollama whose API is spoken here, which some clients demand to be new enough. Answers at once, without a key, and counts for no limit.
         */
        get: operations["getOllamaVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An event of OpenAI's Realtime API. It is relayed as it is. */
        RealtimeEvent: {
            type: string;
            event_id?: string;
        } & {
            [key: string]: unknown;
        };
        /** @description A message of Google's Live API, such as `setup`. It is relayed as it is. */
        GeminiLiveFrame: {
            setup?: {
                model?: string;
            } & {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        };
        /** @description How long the secret is good for */
        BetaClientSecretRequest: {
            expires_after?: components["schemas"]["SecretExpiry"];
            expires_at?: components["schemas"]["SecretExpiry"];
        } & {
            [key: string]: unknown;
        };
        /** @description What the session begins with */
        CreateRealtimeSessionRequest: {
            model?: string;
            client_secret?: components["schemas"]["BetaClientSecretRequest"];
        } & {
            [key: string]: unknown;
        };
        /** @description What the session begins with */
        CreateRealtimeTranscriptionSessionRequest: {
            input_audio_transcription?: {
                model?: string;
            } & {
                [key: string]: unknown;
            };
            client_secret?: components["schemas"]["BetaClientSecretRequest"];
        } & {
            [key: string]: unknown;
        };
        RealtimeSession: {
            id: string;
            object: string;
            client_secret: {
                /** @description The secret, which begins with `ek_` */
                value: string;
                /** @description Seconds since 1970 */
                expires_at: number;
            };
        } & {
            [key: string]: unknown;
        };
        SecretExpiry: {
            /** @enum {string} */
            anchor?: "created_at";
            /** @description How long it is good for; 600 where nothing is said */
            seconds?: number;
        };
        CreateRealtimeClientSecretRequest: {
            expires_after?: components["schemas"]["SecretExpiry"];
            session?: components["schemas"]["RealtimeSessionConfiguration"];
        } & {
            [key: string]: unknown;
        };
        /** @description What a session begins with. It is sent upstream as `session.update` says it. */
        RealtimeSessionConfiguration: {
            type?: string;
            model?: string;
        } & {
            [key: string]: unknown;
        };
        CreateRealtimeCallRequest: {
            /** @description The browser's offer */
            sdp: string;
            session?: components["schemas"]["RealtimeSessionConfiguration"];
        } & {
            [key: string]: unknown;
        };
        AcceptRealtimeCallRequest: {
            /** @enum {string} */
            type: "realtime";
            model?: string;
        } & {
            [key: string]: unknown;
        };
        RejectRealtimeCallRequest: {
            /** @description The SIP response; the upstream's own is 603 */
            status_code?: number;
        } & {
            [key: string]: unknown;
        };
        ReferRealtimeCallRequest: {
            /** @description Whom to call, such as `tel:+14155550123` or `sip:agent@example.com` */
            target_uri: string;
        } & {
            [key: string]: unknown;
        };
        RealtimeClientSecret: {
            /** @description The secret, which begins with `ek_` */
            value: string;
            /** @description Seconds since 1970 */
            expires_at: number;
            session: components["schemas"]["RealtimeSessionConfiguration"];
        } & {
            [key: string]: unknown;
        };
        MessagesError: {
            /** @constant */
            type: "error";
            error: {
                /**
                 * @description `invalid_request_error`, `authentication_error`, `permission_error`, `not_found_error`, `request_too_large`,
                 *     `rate_limit_error`, `api_error`, `timeout_error` or `overloaded_error`
                 */
                type: string;
                message: string;
                /** @description In the gateway's own errors, `error_code` is its word for what happened. */
                details?: {
                    error_code?: string;
                };
            };
            request_id?: string;
        };
        MessageAnswer: {
            id?: string;
            type?: string;
            role?: string;
            model?: string;
            content: Record<string, unknown>[];
            stop_reason?: string | null;
            usage?: Record<string, unknown>;
        };
        MessageEvent: {
            type: string;
        };
        TokenCount: {
            input_tokens: number;
        };
        CountTokensRequest: {
            /** @description The model to ask. */
            model?: string;
            /** @description The conversation so far, as Anthropic has it. */
            messages: unknown[];
        };
        CreateMessageRequest: {
            /** @description The model to ask. */
            model?: string;
            /** @description The conversation so far, as Anthropic has it. */
            messages: unknown[];
            /** @description Most tokens to generate, thinking among them. */
            max_tokens: number;
            /** @description Send the answer as a stream of events. */
            stream?: boolean;
        };
        ErrorResponse: {
            error: {
                message: string;
                /**
                 * @description `invalid_request_error`, `authentication_error`, `permission_error`, `rate_limit_error`, `api_error`,
                 *     `upstream_error`, `timeout_error` or `overloaded_error`; in a stream's last event `server_error` stands for
                 *     `api_error`, `upstream_error` and `timeout_error`
                 */
                type: string;
                /** @description The parameter in question, such as `messages[0].content` */
                param: string | null;
                code: string | null;
                /** @description What could be done about it, if the contract says so */
                hint?: string;
            };
        };
        CreateChatCompletionRequest: {
            /** @description The conversation so far; with a `prompt` it may be empty or left out. */
            messages?: components["schemas"]["ChatMessage"][];
            prompt?: components["schemas"]["PromptReference"];
            /**
             * @description The model to ask. If it is left out and the upstream is known not to have the default, the first model that the upstream
             *     lists and that can chat is asked instead, unless the upstream has a public name and so may charge.
             */
            model?: string;
            /** @description Most tokens to generate; for several upstreams -1 means no limit. Older name of `max_completion_tokens`. */
            max_tokens?: number | null;
            /** @description Most tokens to generate, reasoning included. */
            max_completion_tokens?: number | null;
            /** @description How freely to choose the next token. */
            temperature?: number | null;
            /** @description Choose among the likeliest tokens that together have this probability. */
            top_p?: number | null;
            /** @description How many answers to generate. */
            n?: number | null;
            /** @description Answer as a stream of events. */
            stream?: boolean | null;
            stream_options?: components["schemas"]["StreamOptions"];
            stop?: components["schemas"]["Stop"];
            /** @description Makes tokens less likely the more often they have occurred. */
            frequency_penalty?: number | null;
            /** @description Makes tokens less likely once they have occurred. */
            presence_penalty?: number | null;
            logit_bias?: components["schemas"]["LogitBias"];
            /** @description Return the tokens' log probabilities; some upstreams take the number of alternatives. */
            logprobs?: boolean | number | null;
            /** @description How many alternatives to return for each token; needs `logprobs`. */
            top_logprobs?: number | null;
            /** @description The same seed should give the same answer. */
            seed?: number | null;
            response_format?: components["schemas"]["ResponseFormat"];
            /** @description What the model may call. */
            tools?: components["schemas"]["Tool"][] | null;
            tool_choice?: components["schemas"]["ToolChoice"];
            /** @description Whether the model may make several calls at once. */
            parallel_tool_calls?: boolean | null;
            /**
             * @deprecated
             * @description Older form of `tools`.
             */
            functions?: components["schemas"]["FunctionDefinition"][] | null;
            /**
             * @deprecated
             * @description Older form of `tool_choice`.
             */
            function_call?: string | Record<string, unknown> | null;
            /** @description How much to reason: `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or what else the upstream knows. */
            reasoning_effort?: string | number | boolean | null;
            /** @description How long the answer should be: `low`, `medium` or `high`. */
            verbosity?: string | null;
            /** @description What the answer is made of: `text`, `audio`, `image`, or what else the upstream knows. */
            modalities?: string[] | null;
            /** @description How spoken answers sound. */
            audio?: {
                voice?: string | Record<string, unknown>;
                /** @description `wav`, `aac`, `mp3`, `flac`, `opus`, `pcm16`, or what else the upstream knows. */
                format?: string;
            } | null;
            /** @description Text that the answer probably repeats, as `{"type":"content","content":…}`; some upstreams take the text itself. */
            prediction?: {
                type?: string;
                content?: components["schemas"]["MessageContent"];
            } | string | null;
            /** @description Let the model search the web. */
            web_search_options?: {
                search_context_size?: string | null;
                user_location?: {
                    type?: string;
                    approximate?: {
                        city?: string | null;
                        country?: string | null;
                        region?: string | null;
                        timezone?: string | null;
                    };
                } | null;
            } | null;
            /** @description Check input and output with a moderation model. */
            moderation?: {
                model?: string;
                policy?: Record<string, unknown> | null;
            } | null;
            /**
             * @description Have the gateway keep the completion, whatever the upstream. Its `id` is then the gateway's. A stream's
             *     `[DONE]`, or the whole answer, comes once it is kept; if that fails, an error comes instead.
             */
            store?: boolean | null;
            /** @description Notes to keep with the completion, and to find it by; with `store` up to 16 texts. Others are for the upstream. */
            metadata?: Record<string, unknown> | null;
            /** @description `auto`, `default`, `flex`, `scale`, `priority`, or what else the upstream knows. */
            service_tier?: string | null;
            /** @description Requests with the same key share a prompt cache. */
            prompt_cache_key?: string | null;
            /** @description How the prompt cache is used. */
            prompt_cache_options?: {
                /** @description `implicit` or `explicit` */
                mode?: string;
                ttl?: string;
            } | null;
            /** @description How long the prompt stays cached, such as `in_memory` or `24h`. */
            prompt_cache_retention?: string | null;
            /** @description Stable name of the end user, for abuse detection. */
            safety_identifier?: string | null;
            /** @description Older form of `safety_identifier` and `prompt_cache_key`. */
            user?: string | null;
        };
        /** @description Up to 16 notes to keep with the completion, and to find it by. */
        Metadata: {
            [key: string]: string;
        } | null;
        MetadataFilter: {
            [key: string]: string;
        };
        /** @description One of these, or of a role that the upstream knows. */
        ChatMessage: components["schemas"]["DeveloperMessage"] | components["schemas"]["SystemMessage"] | components["schemas"]["UserMessage"] | components["schemas"]["AssistantMessage"] | components["schemas"]["ToolMessage"] | components["schemas"]["FunctionMessage"] | components["schemas"]["OtherMessage"];
        /** @description Instructions of the application's author; newer models take it instead of `system`. */
        DeveloperMessage: {
            /** @constant */
            role: "developer";
            content?: components["schemas"]["MessageContent"];
            name?: string | null;
        };
        /** @description Instructions of the application's author. */
        SystemMessage: {
            /** @constant */
            role: "system";
            content?: components["schemas"]["MessageContent"];
            name?: string | null;
        };
        /** @description What the end user says or shows. */
        UserMessage: {
            /** @constant */
            role: "user";
            content: components["schemas"]["MessageContent"];
            name?: string | null;
        };
        /** @description What the model said or called before. */
        AssistantMessage: {
            /** @constant */
            role: "assistant";
            content?: components["schemas"]["NullableContent"];
            refusal?: string | null;
            /** @description Reasoning, as several upstreams send it and take it back. */
            reasoning_content?: string | null;
            name?: string | null;
            audio?: {
                id?: string;
            } | null;
            tool_calls?: components["schemas"]["ToolCall"][] | null;
            /** @deprecated */
            function_call?: {
                name: string;
                arguments: string | Record<string, unknown>;
            } | null;
        };
        /** @description The result of a tool call. */
        ToolMessage: {
            /** @constant */
            role: "tool";
            /** @description Which call; some upstreams don't need it. */
            tool_call_id?: string | null;
            content: components["schemas"]["MessageContent"];
        };
        /**
         * @deprecated
         * @description The result of a function call. Older form of the tool message.
         */
        FunctionMessage: {
            /** @constant */
            role: "function";
            name?: string;
            content?: components["schemas"]["NullableContent"];
        };
        /** @description A message of a role that the upstream knows. */
        OtherMessage: {
            role: string;
            /** @description Whatever the upstream takes. */
            content?: unknown;
        } & {
            [key: string]: unknown;
        };
        /** @description Text, or parts. */
        NullableContent: string | components["schemas"]["ContentPart"][] | null;
        /** @description Text, or parts. */
        MessageContent: string | components["schemas"]["ContentPart"][];
        /** @description One of these, or of a type that the upstream knows. Some upstreams take plain text for a part. */
        ContentPart: Record<string, unknown> & (components["schemas"]["TextPart"] | components["schemas"]["RefusalPart"] | components["schemas"]["ImagePart"] | components["schemas"]["InputAudioPart"] | components["schemas"]["FilePart"] | components["schemas"]["VideoPart"] | components["schemas"]["AudioUrlPart"] | components["schemas"]["OtherPart"] | string);
        /** @description A part of a type that the upstream knows, such as `thinking` or `document_url`. */
        OtherPart: {
            type?: string;
        } & {
            [key: string]: unknown;
        };
        TextPart: {
            /** @constant */
            type: "text";
            text: string;
        };
        RefusalPart: {
            /** @constant */
            type: "refusal";
            refusal: string;
        };
        ImagePart: {
            /** @constant */
            type: "image_url";
            /** @description Some upstreams take the URL itself instead of the object, or none for a picture that they know by its `uuid`. */
            image_url: {
                /** @description A URL, or the image itself as `data:image/png;base64,…` */
                url: string;
                /** @description `auto`, `low`, `high`, or what else the upstream knows. */
                detail?: string | null;
            } | string | null;
        };
        InputAudioPart: {
            /** @constant */
            type: "input_audio";
            input_audio: {
                /** @description Base64; some upstreams take a URL. */
                data?: string;
                /** @description `wav` or `mp3`; several upstreams take more. */
                format?: string;
            } | string | null;
        };
        FilePart: {
            /** @constant */
            type: "file";
            file: {
                file_data?: string;
                file_id?: string;
                filename?: string;
            } | string;
        };
        /** @description A video, as vLLM and SGLang take it. */
        VideoPart: {
            /** @constant */
            type: "video_url";
            video_url: {
                url?: string;
            } | string | null;
        };
        /** @description A recording, as vLLM and SGLang take it. */
        AudioUrlPart: {
            /** @constant */
            type: "audio_url";
            audio_url: {
                url?: string;
            } | string | null;
        };
        /** @description A call of a function, of a custom tool, or of another type that the upstream knows. Some upstreams leave the type out. */
        ToolCall: {
            id?: string | null;
            /** @description `function`, `custom`, or a type of the upstream */
            type?: string | null;
            function?: {
                name: string;
                /** @description JSON as the model wrote it, which may be invalid. */
                arguments?: string | Record<string, unknown> | null;
            } | null;
            custom?: {
                name?: string;
                input?: string;
            } | null;
        };
        /** @description A function or a custom tool; upstreams know further types of their own, which pass through. */
        Tool: {
            /** @description `function`, `custom`, or a type of the upstream */
            type?: string | null;
            function?: components["schemas"]["FunctionDefinition"];
            custom?: components["schemas"]["CustomTool"];
        };
        FunctionDefinition: {
            name: string;
            description?: string | null;
            /** @description JSON Schema of the arguments. */
            parameters?: Record<string, unknown> | boolean | null;
            /** @description Whether the arguments must fit the schema. */
            strict?: boolean | null;
        } | null;
        /** @description A tool that takes free text. */
        CustomTool: {
            name?: string;
            description?: string | null;
            format?: Record<string, unknown> | null;
        } | null;
        /** @description `none`, `auto`, `required` (`any` on some upstreams), or an object that names the tool or the tools allowed. */
        ToolChoice: string | {
            type?: string;
            function?: {
                name?: string;
            } | null;
            custom?: {
                name?: string;
            } | null;
            allowed_tools?: {
                mode?: string;
                tools?: Record<string, unknown>[];
            } | null;
        } | null;
        /** @description What the answer must look like; upstreams know further types, such as `structural_tag`. */
        ResponseFormat: {
            /** @description `text`, `json_object`, `json_schema`, or a type of the upstream */
            type: string;
            json_schema?: {
                name?: string | null;
                description?: string | null;
                schema?: Record<string, unknown> | boolean | null;
                strict?: boolean | null;
            } | null;
        } | null;
        /** @description Options of a stream. */
        StreamOptions: {
            /** @description Send the usage in a last chunk. */
            include_usage?: boolean | null;
            /** @description Pad the chunks to like lengths. */
            include_obfuscation?: boolean | null;
        } | null;
        /** @description Texts at which to stop. OpenAI takes up to 4, other upstreams more. */
        Stop: string | string[] | null;
        /** @description Makes single tokens more or less likely, by their ids. llama.cpp also takes pairs, `[[15043, false]]`. */
        LogitBias: Record<string, unknown> | unknown[] | null;
        /** @description Whatever the vendor's API takes. The gateway looks at these members alone, and fills in none. */
        CreateResponseRequest: {
            /** @description The model, as the upstream or a route names it. */
            model?: string;
            /** @description A text, or a list of items. */
            input?: string | {
                [key: string]: unknown;
            }[] | null;
            /** @description The answer comes as a stream of events. */
            stream?: boolean | null;
            /** @description Answers at once, and generates the response without its client, whatever host it comes from. */
            background?: boolean | null;
            /** @description Most tokens of the answer, reasoning included. */
            max_output_tokens?: unknown;
            /** @description Whether the response is kept, so that others can go on from it. By default as the gateway's settings say. */
            store?: boolean | null;
            /** @description The response that this one goes on from. Its instructions are not carried over. */
            previous_response_id?: string | null;
        } & {
            [key: string]: unknown;
        };
        Response: {
            id?: string;
            /** @constant */
            object?: "response";
            status?: string;
            output?: {
                [key: string]: unknown;
            }[];
            usage?: {
                [key: string]: unknown;
            } | null;
        } & {
            [key: string]: unknown;
        };
        KeptResponseList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["KeptResponse"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        KeptResponse: {
            id: string;
            /** @constant */
            object: "response";
            /** @description Seconds since the epoch. */
            created_at: number;
            status: string;
            /** @description As the request named it. */
            model: string;
            previous_response_id: string | null;
            /** @description Id of the first response of the thread. */
            thread: string;
            /** @description The conversation that it is part of. */
            conversation: string | null;
            /** @description The upstream that keeps it; null if the gateway does. */
            kept_by: string | null;
            /** @description Of the request that asked for it, as its usage record has it. */
            request_id: string | null;
            usage: {
                input_tokens: number;
                output_tokens: number;
            } | null;
        };
        ResponseTurnList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ResponseTurn"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        ResponseTurn: components["schemas"]["KeptResponse"] & {
            /** @description As they came. */
            input: {
                [key: string]: unknown;
            }[];
            output: {
                [key: string]: unknown;
            }[];
        };
        ResponseItemList: {
            /** @constant */
            object: "list";
            data: ({
                id: string;
            } & {
                [key: string]: unknown;
            })[];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        ResponseEvent: {
            type?: string;
            sequence_number?: number;
        } & {
            [key: string]: unknown;
        };
        /** @description `response.create`, with the members of `CreateResponseRequest`; `response.steer` and `response.inject` are answered with `response.steer.failed` and `response.inject.failed`. */
        ResponseClientEvent: {
            type: string;
            /** @description The lane of the turn. The turns of one lane come one after the other, those of different lanes at the same time, 16 at most. A connection has up to 32 lanes with names, and one without. */
            stream_id?: string | null;
            /** @description A response of this connection, stored or not, or a stored one. */
            previous_response_id?: string | null;
            /** @description With `false` nothing is generated: the turn's model and input are checked, and a response without output can be gone on from. */
            generate?: boolean | null;
        } & {
            [key: string]: unknown;
        };
        ResponseSocketError: {
            /** @constant */
            type: "error";
            /** @description As the request would have been answered with over HTTP. */
            status?: number;
            stream_id?: string;
            error: {
                type?: string;
                code?: string | null;
                message?: string;
                param?: string | null;
            } & {
                [key: string]: unknown;
            };
            /** @description Those of the answer that say what to do next, such as `retry-after`. */
            headers?: {
                [key: string]: string;
            };
        } & {
            [key: string]: unknown;
        };
        ResponseInputTokens: {
            object?: string;
            input_tokens?: number;
        } & {
            [key: string]: unknown;
        };
        CreateBatchRequest: {
            input_file_id: string;
            /** @description The path of an operation, such as `/v1/chat/completions`; all requests are for it. */
            endpoint: string;
            /** @description When it expires; what is not answered by then never is. */
            completion_window: string;
            metadata?: components["schemas"]["Metadata"];
        };
        Batch: {
            /** @constant */
            object: "batch";
            id: string;
            endpoint: string;
            model: string | null;
            errors: {
                /** @constant */
                object: "list";
                data: {
                    code: string;
                    message: string;
                    param: string | null;
                    line: number | null;
                }[];
            } | null;
            input_file_id: string;
            completion_window: string;
            /** @enum {unknown} */
            status: "validating" | "failed" | "in_progress" | "finalizing" | "completed" | "expired" | "cancelling" | "cancelled";
            output_file_id: string | null;
            error_file_id: string | null;
            /** @description Seconds since 1970, as the others. */
            created_at: number;
            expires_at: number;
            in_progress_at: number | null;
            finalizing_at: number | null;
            completed_at: number | null;
            failed_at: number | null;
            expired_at: number | null;
            cancelling_at: number | null;
            cancelled_at: number | null;
            request_counts: {
                total: number;
                completed: number;
                failed: number;
            };
            /** @description Tokens of all requests together. */
            usage: {
                input_tokens: number;
                input_tokens_details: {
                    cached_tokens: number;
                };
                output_tokens: number;
                output_tokens_details: {
                    reasoning_tokens: number;
                };
                total_tokens: number;
            };
            metadata: {
                [key: string]: string;
            } | null;
        };
        BatchList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Batch"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        CreateMessageBatchRequest: {
            requests: {
                custom_id: string;
                /** @description As the body of a request to `/v1/messages`. */
                params: Record<string, unknown>;
            }[];
        };
        MessageBatch: {
            id: string;
            /** @constant */
            type: "message_batch";
            /** @enum {unknown} */
            processing_status: "in_progress" | "canceling" | "ended";
            request_counts: {
                processing: number;
                succeeded: number;
                errored: number;
                canceled: number;
                expired: number;
            };
            created_at: string;
            expires_at: string;
            ended_at: string | null;
            cancel_initiated_at: string | null;
            archived_at: string | null;
            /** @description Where its results are, when it has ended. */
            results_url: string | null;
        };
        MessageBatchList: {
            data: components["schemas"]["MessageBatch"][];
            has_more: boolean;
            first_id: string | null;
            last_id: string | null;
        };
        DeletedMessageBatch: {
            id: string;
            /** @constant */
            type: "message_batch_deleted";
        };
        /** @description A batch of any key, as OpenAI's or Anthropic's API has made it. */
        GatewayBatch: {
            /** @constant */
            object: "gateway.batch";
            /** @description The name of the key that has asked for it. */
            key: string | null;
            team: string | null;
            /** @description The one that runs it, as it was last seen; null for the gateway. */
            upstream: string | null;
            id: string;
            endpoint: string;
            model: string | null;
            errors: {
                /** @constant */
                object: "list";
                data: {
                    code: string;
                    message: string;
                    param: string | null;
                    line: number | null;
                }[];
            } | null;
            input_file_id: string;
            completion_window: string;
            /** @enum {unknown} */
            status: "validating" | "failed" | "in_progress" | "finalizing" | "completed" | "expired" | "cancelling" | "cancelled";
            output_file_id: string | null;
            error_file_id: string | null;
            /** @description Seconds since 1970, as the others. */
            created_at: number;
            expires_at: number;
            in_progress_at: number | null;
            finalizing_at: number | null;
            completed_at: number | null;
            failed_at: number | null;
            expired_at: number | null;
            cancelling_at: number | null;
            cancelled_at: number | null;
            request_counts: {
                total: number;
                completed: number;
                failed: number;
            };
            /** @description Tokens of all requests together. */
            usage: {
                input_tokens: number;
                input_tokens_details: {
                    cached_tokens: number;
                };
                output_tokens: number;
                output_tokens_details: {
                    reasoning_tokens: number;
                };
                total_tokens: number;
            };
            metadata: {
                [key: string]: string;
            } | null;
        };
        GatewayBatchList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["GatewayBatch"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        Conversation: {
            id: string;
            /** @constant */
            object: "conversation";
            /** @description Seconds since 1970. */
            created_at: number;
            metadata: {
                [key: string]: string;
            };
        };
        KeptConversation: {
            id: string;
            /** @constant */
            object: "conversation";
            /** @description Seconds since 1970. */
            created_at: number;
            metadata: {
                [key: string]: string;
            };
            /** @description When something was last said in it, in seconds since 1970. */
            used_at: number;
        };
        KeptConversationList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["KeptConversation"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        DeletedConversation: {
            id: string;
            /** @constant */
            object: "conversation.deleted";
            /** @constant */
            deleted: true;
        };
        /** @description An item of an input or an output, with its id. */
        ConversationItem: {
            id: string;
            type?: string;
        } & {
            [key: string]: unknown;
        };
        ConversationItemList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ConversationItem"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        /** @description Items as a response's input has them. */
        NewConversationItems: ({
            id?: string | null;
            type?: string | null;
        } & {
            [key: string]: unknown;
        })[];
        CreateFileRequest: {
            /** Format: binary */
            file: string;
            /** @description What it is for, such as `user_data`, `batch` or `vision`. Anthropic's clients say none */
            purpose?: string;
            expires_after?: components["schemas"]["FileExpiry"];
            /** @description The same, as Anthropic's clients say it */
            expires_in_seconds?: number;
        } & {
            [key: string]: unknown;
        };
        CreateUploadPartRequest: {
            /** Format: binary */
            data: string;
        } & {
            [key: string]: unknown;
        };
        FileExpiry: {
            /** @description `created_at` */
            anchor?: string;
            /** @description How long after its creation it is removed */
            seconds: number;
        } & {
            [key: string]: unknown;
        };
        CreateUploadRequest: {
            /** @description Of all parts together */
            bytes: number;
            filename: string;
            mime_type?: string;
            purpose: string;
            expires_after?: components["schemas"]["FileExpiry"];
        } & {
            [key: string]: unknown;
        };
        CompleteUploadRequest: {
            part_ids: string[];
            /** @description Of the whole content, in hexadecimal */
            md5?: string;
        } & {
            [key: string]: unknown;
        };
        /** @description As OpenAI has it; Anthropic's clients get `type`, `mime_type`, `size_bytes` and `downloadable` in place of `object`, `bytes` and `purpose` */
        File: {
            id: string;
            /** @description `file` */
            object?: string;
            type?: string;
            bytes?: number;
            filename: string;
            purpose?: string;
            /** @description Seconds since the epoch; a time as text for Anthropic's clients */
            created_at: unknown;
            /** @description The same, for one that expires */
            expires_at?: unknown;
            status?: string;
            mime_type?: string;
            size_bytes?: number;
            downloadable?: boolean;
        } & {
            [key: string]: unknown;
        };
        FileList: {
            /** @description `list` */
            object?: string;
            data: components["schemas"]["File"][];
            first_id?: string | null;
            last_id?: string | null;
            has_more: boolean;
            /** @description For Anthropic's clients */
            next_page?: string | null;
        } & {
            [key: string]: unknown;
        };
        DeletedFile: {
            id: string;
            /** @description `file` */
            object?: string;
            type?: string;
            deleted?: boolean;
        } & {
            [key: string]: unknown;
        };
        Upload: {
            id: string;
            /** @description `upload` */
            object: string;
            bytes?: number;
            filename?: string;
            purpose?: string;
            /** @description `pending`, `completed`, `cancelled` or `expired` */
            status: string;
            created_at?: number;
            expires_at?: number;
            /** @description The file that it has become, or null */
            file?: unknown;
        } & {
            [key: string]: unknown;
        };
        UploadPart: {
            id: string;
            /** @description `upload.part` */
            object: string;
            upload_id?: string;
            created_at?: number;
        } & {
            [key: string]: unknown;
        };
        CreateConversationRequest: {
            items?: components["schemas"]["NewConversationItems"] | null;
            metadata?: components["schemas"]["Metadata"];
        } & {
            [key: string]: unknown;
        };
        UpdateConversationRequest: {
            metadata: components["schemas"]["Metadata"];
        } & {
            [key: string]: unknown;
        };
        CreateConversationItemsRequest: {
            items: components["schemas"]["NewConversationItems"];
        } & {
            [key: string]: unknown;
        };
        CompactedResponse: {
            id?: string;
            object?: string;
            output?: {
                [key: string]: unknown;
            }[];
        } & {
            [key: string]: unknown;
        };
        CreateCompletionRequest: {
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description A text, several texts, or tokens; llama.cpp also takes a mixture, and objects with images. */
            prompt?: string | (string | number | (string | number)[] | Record<string, unknown>)[] | Record<string, unknown> | null;
            /** @description The prompt as vectors, as vLLM takes it instead of `prompt`. */
            prompt_embeds?: unknown;
            /** @description Text that comes after the completion. */
            suffix?: string | null;
            /** @description Most tokens to generate; for several upstreams -1 means no limit. */
            max_tokens?: number | null;
            /** @description How freely to choose the next token. */
            temperature?: number | null;
            /** @description Choose among the likeliest tokens that together have this probability. */
            top_p?: number | null;
            /** @description How many completions to generate for each prompt. */
            n?: number | null;
            /** @description How many to generate and choose from. */
            best_of?: number | null;
            /** @description Repeat the prompt before the completion. */
            echo?: boolean | null;
            /** @description Answer as a stream of events. */
            stream?: boolean | null;
            stream_options?: components["schemas"]["StreamOptions"];
            stop?: components["schemas"]["Stop"];
            /** @description Makes tokens less likely the more often they have occurred. */
            frequency_penalty?: number | null;
            /** @description Makes tokens less likely once they have occurred. */
            presence_penalty?: number | null;
            logit_bias?: components["schemas"]["LogitBias"];
            /** @description How many alternatives to return for each token. */
            logprobs?: number | boolean | null;
            /** @description The same seed should give the same completion. */
            seed?: number | null;
            /** @description Stable name of the end user. */
            user?: string | null;
        };
        CreateEmbeddingRequest: {
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description A text, several texts, or tokens; some upstreams also take objects with images. */
            input?: string | (string | number | (string | number)[] | Record<string, unknown>)[] | Record<string, unknown>;
            /** @description A conversation to embed, as vLLM takes it instead of `input`. */
            messages?: components["schemas"]["ChatMessage"][];
            /** @description Length of the vectors. */
            dimensions?: number | null;
            /** @description How the vectors are written: `float`, `base64`, or what else the upstream knows, such as `int8`. */
            encoding_format?: string | null;
            /** @description Stable name of the end user. */
            user?: string | null;
        };
        CreateTranscriptionRequest: {
            /** @description The audio, as a file. */
            file: string;
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description Language of the audio (ISO 639-1). */
            language?: string;
            /** @description Words that the audio may hold, or the text that goes before it. */
            prompt?: string;
            /** @description `json`, `text`, `srt`, `verbose_json`, `vtt`, `diarized_json`, or what else the upstream knows. */
            response_format?: string;
            /** @description Sampling temperature. */
            temperature?: number;
            /** @description Send the text in pieces, as it is recognised. */
            stream?: boolean;
            /** @description What else to return, such as `logprobs`. */
            include?: string[];
            /** @description `word`, `segment`, or both, for `verbose_json`. */
            timestamp_granularities?: string[];
            /** @description `auto`, or how to cut the audio by its silences. */
            chunking_strategy?: string | {
                threshold?: number;
                prefix_padding_ms?: number;
                silence_duration_ms?: number;
            };
            /** @description Names of speakers. */
            known_speaker_names?: string[];
            /** @description A recording of each of them, as a data URL. */
            known_speaker_references?: string[];
        };
        CreateTranslationRequest: {
            /** @description The audio, as a file. */
            file: string;
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description Words that the audio may hold, or the text that goes before it. */
            prompt?: string;
            /** @description `json`, `text`, `srt`, `verbose_json`, `vtt`, `diarized_json`, or what else the upstream knows. */
            response_format?: string;
            /** @description Sampling temperature. */
            temperature?: number;
        };
        Transcript: {
            text: string;
            language?: string;
            /** @description Seconds of audio. */
            duration?: number;
            segments?: Record<string, unknown>[];
            words?: Record<string, unknown>[];
            usage?: components["schemas"]["TranscriptUsage"];
        };
        /** @description Tokens, or with `type` `duration` seconds of audio. */
        TranscriptUsage: {
            type?: string;
            seconds?: number;
            input_tokens?: number;
            output_tokens?: number;
            total_tokens?: number;
        };
        TranscriptEvent: {
            /** @description `transcript.text.delta`, `transcript.text.segment` or `transcript.text.done`. */
            type?: string;
            delta?: string;
            text?: string;
            usage?: components["schemas"]["TranscriptUsage"];
        };
        CreateSpeechRequest: {
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description The text to say. */
            input: string;
            /** @description Name of the voice, or `{"id":…}`. */
            voice?: string | Record<string, unknown>;
            /** @description How to say it. */
            instructions?: string;
            /** @description `mp3`, `opus`, `aac`, `flac`, `wav`, `pcm`, or what else the upstream knows. */
            response_format?: string;
            /** @description 1 is the voice's own. */
            speed?: number;
            /** @description `audio`, or `sse` for events. */
            stream_format?: string;
        };
        CreateRerankRequest: {
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description What the documents are to be relevant to; some upstreams also take objects with pictures. */
            query: string | Record<string, unknown>;
            /** @description Texts, or objects with a `text`; some upstreams also take objects with pictures. */
            documents: (string | Record<string, unknown>)[];
            /** @description Most results; by default there is one for each document. */
            top_n?: number | null;
            /** @description Voyage's word for `top_n`; the answer then is Voyage's too. */
            top_k?: number | null;
            /** @description Whether each result has its document. Without it upstreams do as they are used to. */
            return_documents?: boolean | null;
            /** @description Members of documents that are objects by which those are ranked. */
            rank_fields?: string[] | null;
            /** @description Longer documents are cut. */
            max_tokens_per_doc?: number | null;
            /** @description Whether what is too long for the model is cut (Voyage). */
            truncation?: boolean | null;
        };
        CreateImageRequest: {
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description What the picture is to show. */
            prompt: string;
            /** @description How many pictures are wanted, 1 if it is not given. Some models make only one of each request. */
            n?: number | null;
            /** @description Width and height in pixels, such as `1024x1024`, or `auto`. Models that know only shapes get the nearest one. */
            size?: string | null;
            /** @description `low`, `medium`, `high`, `standard`, `hd`, or `auto`, as far as the model has them. */
            quality?: string | null;
            /** @description `url` or `b64_json`. Upstreams that only have base64 give `b64_json`, and a `data:` URL where `url` is asked for. */
            response_format?: string | null;
            /** @description `png`, `jpeg` or `webp`. */
            output_format?: string | null;
            /** @description Whether the pictures come as events. */
            stream?: boolean | null;
            /** @description How many unfinished pictures a stream shows before each that is finished. */
            partial_images?: number | null;
            /** @description Stable name of the end user. */
            user?: string | null;
        } & {
            [key: string]: unknown;
        };
        EditImageRequest: ({
            /** @description The picture to change, as a file; or several, as `image[]`. */
            image?: string | unknown[];
            /** @description The pictures to change, in JSON. */
            images?: {
                /** @description An address, or a data URL, which is all that upstreams other than OpenAI's take */
                image_url?: string;
                file_id?: string;
            }[];
            /** @description A PNG of the same size, whose transparent parts say what is to be changed. */
            mask?: string | {
                image_url?: string;
                file_id?: string;
            };
            /** @description What the pictures are to become. */
            prompt: string;
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description How many pictures are wanted, 1 if it is not given. Some models make only one of each request. */
            n?: number | null;
            /** @description Width and height in pixels, such as `1024x1024`, or `auto`. Models that know only shapes get the nearest one. */
            size?: string | null;
            /** @description `low`, `medium`, `high`, `standard`, `hd`, or `auto`, as far as the model has them. */
            quality?: string | null;
            /** @description `url` or `b64_json`. Upstreams that only have base64 give `b64_json`, and a `data:` URL where `url` is asked for. */
            response_format?: string | null;
            /** @description `png`, `jpeg` or `webp`. */
            output_format?: string | null;
            /** @description Whether the pictures come as events. */
            stream?: boolean | null;
            /** @description How many unfinished pictures a stream shows before each that is finished. */
            partial_images?: number | null;
            /** @description Stable name of the end user. */
            user?: string | null;
        } & {
            [key: string]: unknown;
        }) | unknown | unknown;
        VaryImageRequest: {
            /** @description The picture, as a file. */
            image: string;
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description How many pictures are wanted, 1 if it is not given. Some models make only one of each request. */
            n?: number | null;
            /** @description Width and height in pixels, such as `1024x1024`, or `auto`. Models that know only shapes get the nearest one. */
            size?: string | null;
            /** @description `url` or `b64_json`. Upstreams that only have base64 give `b64_json`, and a `data:` URL where `url` is asked for. */
            response_format?: string | null;
            /** @description Stable name of the end user. */
            user?: string | null;
        } & {
            [key: string]: unknown;
        };
        CreateModerationRequest: {
            /** @description The model to ask. Without it the upstream takes its default, if it has one. */
            model?: string;
            /** @description A text, several texts, or a list of parts (`text`, `image_url`) that are judged together. */
            input: string | (string | Record<string, unknown>)[];
        };
        TokenizeRequest: {
            model?: string;
            /** @description The text */
            prompt?: string;
            /** @description In place of a text; of them the model's template makes the prompt */
            messages?: components["schemas"]["ChatMessage"][];
        } | {
            prompt: unknown;
        } | {
            messages: unknown;
        };
        DetokenizeRequest: {
            model?: string;
            tokens: number[];
        };
        /**
         * @description A prompt that the gateway keeps: its messages come before the request's own, and its parameters apply if the request
         *     does not set them. With neither version nor label it is the version that the label `production` points to, or the
         *     latest if there is no such label.
         */
        PromptReference: {
            /** @description The prompt's id or name. */
            id: string;
            version?: components["schemas"]["PromptVersionNumber"];
            label?: components["schemas"]["PromptLabel"];
            variables?: components["schemas"]["PromptValues"];
        } | null;
        /** @description Lower-case letters, digits, `.`, `_` and `-`; ids begin with `prompt_`, names don't. */
        PromptName: string;
        /** @description A name for a version, such as `production`. `latest` is always the newest version. */
        PromptLabel: string;
        /** @description The number of a version. */
        PromptVersionNumber: number;
        /**
         * @description Values of the prompt's variables, by name. They are put into the text as they are: braces in them have no meaning,
         *     and they can't add messages or parts.
         */
        PromptValues: Record<string, unknown>;
        /** @description What the prompt is for. */
        PromptDescription: string;
        /** @description Up to 16 notes. */
        PromptMetadata: {
            [key: string]: string;
        };
        /** @description Comment on the version. */
        PromptComment: string;
        /**
         * @description Messages as in a chat completion. `{{name}}` in a message's `content`, in its text as well as in the strings of
         *     its parts, stands for a variable's value. `\{{` is two plain braces.
         */
        PromptMessages: components["schemas"]["ChatMessage"][];
        /** @description The variables, by name; each placeholder needs one. */
        PromptVariables: {
            [key: string]: components["schemas"]["PromptVariable"];
        };
        PromptVariable: {
            /**
             * @description Type of the value, by default `string`. Arrays and objects are written as JSON.
             * @enum {string}
             */
            type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
            /** @description What it is for. */
            description?: string;
            /** @description The value if the request gives none. */
            default?: unknown;
            /**
             * @description Whether a request must give a value; by default it must if there is no default value. A variable that is neither given
             *     nor required is empty text.
             */
            required?: boolean;
        };
        /**
         * @description Parameters of a chat completion with this prompt, also those that the contract does not know. The request's own win;
         *     the contract's defaults come last.
         */
        PromptParameters: {
            /**
             * @description The model to ask. If it is left out and the upstream is known not to have the default, the first model that the upstream
             *     lists and that can chat is asked instead, unless the upstream has a public name and so may charge.
             */
            model?: string;
            /** @description Most tokens to generate; for several upstreams -1 means no limit. Older name of `max_completion_tokens`. */
            max_tokens?: number | null;
            /** @description Most tokens to generate, reasoning included. */
            max_completion_tokens?: number | null;
            /** @description How freely to choose the next token. */
            temperature?: number | null;
            /** @description Choose among the likeliest tokens that together have this probability. */
            top_p?: number | null;
            /** @description How many answers to generate. */
            n?: number | null;
            stop?: components["schemas"]["Stop"];
            /** @description Makes tokens less likely the more often they have occurred. */
            frequency_penalty?: number | null;
            /** @description Makes tokens less likely once they have occurred. */
            presence_penalty?: number | null;
            logit_bias?: components["schemas"]["LogitBias"];
            /** @description Return the tokens' log probabilities; some upstreams take the number of alternatives. */
            logprobs?: boolean | number | null;
            /** @description How many alternatives to return for each token; needs `logprobs`. */
            top_logprobs?: number | null;
            /** @description The same seed should give the same answer. */
            seed?: number | null;
            response_format?: components["schemas"]["ResponseFormat"];
            /** @description What the model may call. */
            tools?: components["schemas"]["Tool"][] | null;
            tool_choice?: components["schemas"]["ToolChoice"];
            /** @description Whether the model may make several calls at once. */
            parallel_tool_calls?: boolean | null;
            /** @description How much to reason: `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or what else the upstream knows. */
            reasoning_effort?: string | number | boolean | null;
            /** @description How long the answer should be: `low`, `medium` or `high`. */
            verbosity?: string | null;
            /** @description What the answer is made of: `text`, `audio`, `image`, or what else the upstream knows. */
            modalities?: string[] | null;
            /** @description How spoken answers sound. */
            audio?: {
                voice?: string | Record<string, unknown>;
                /** @description `wav`, `aac`, `mp3`, `flac`, `opus`, `pcm16`, or what else the upstream knows. */
                format?: string;
            } | null;
            /** @description Text that the answer probably repeats, as `{"type":"content","content":…}`; some upstreams take the text itself. */
            prediction?: {
                type?: string;
                content?: components["schemas"]["MessageContent"];
            } | string | null;
            /** @description Let the model search the web. */
            web_search_options?: {
                search_context_size?: string | null;
                user_location?: {
                    type?: string;
                    approximate?: {
                        city?: string | null;
                        country?: string | null;
                        region?: string | null;
                        timezone?: string | null;
                    };
                } | null;
            } | null;
            /** @description `auto`, `default`, `flex`, `scale`, `priority`, or what else the upstream knows. */
            service_tier?: string | null;
            /** @description Not a parameter. */
            messages?: unknown;
            /** @description Not a parameter. */
            prompt?: unknown;
            /** @description Not a parameter. */
            stream?: unknown;
            /** @description Not a parameter. */
            stream_options?: unknown;
        };
        CreatePromptRequest: {
            name: components["schemas"]["PromptName"];
            description?: components["schemas"]["PromptDescription"];
            metadata?: components["schemas"]["PromptMetadata"];
            comment?: components["schemas"]["PromptComment"];
            messages: components["schemas"]["PromptMessages"];
            variables?: components["schemas"]["PromptVariables"];
            parameters?: components["schemas"]["PromptParameters"];
        };
        UpdatePromptRequest: {
            name?: components["schemas"]["PromptName"];
            description?: components["schemas"]["PromptDescription"];
            metadata?: components["schemas"]["PromptMetadata"];
        };
        CreatePromptVersionRequest: {
            comment?: components["schemas"]["PromptComment"];
            messages: components["schemas"]["PromptMessages"];
            variables?: components["schemas"]["PromptVariables"];
            parameters?: components["schemas"]["PromptParameters"];
        };
        SetPromptLabelRequest: {
            version: components["schemas"]["PromptVersionNumber"];
        };
        RenderPromptRequest: {
            version?: components["schemas"]["PromptVersionNumber"];
            label?: components["schemas"]["PromptLabel"];
            variables?: components["schemas"]["PromptValues"];
        };
        Prompt: {
            id: string;
            /** @constant */
            object: "prompt";
            name: string;
            description: string;
            metadata: {
                [key: string]: string;
            };
            /** @description Seconds since the epoch */
            created_at: number;
            /** @description Seconds since the epoch */
            updated_at: number;
            /** @description Seconds since the epoch; null while the prompt is not deleted */
            deleted_at: number | null;
            latest_version: number;
            /** @description Version numbers by label */
            labels: {
                [key: string]: number;
            };
        };
        PromptDeleted: {
            id: string;
            /** @constant */
            object: "prompt.deleted";
            /** @constant */
            deleted: true;
        };
        PromptVersion: {
            /** @description The prompt's id, `@`, and the number */
            id: string;
            /** @constant */
            object: "prompt.version";
            prompt_id: string;
            version: number;
            comment: string;
            /** @description Seconds since the epoch */
            created_at: number;
            messages: components["schemas"]["PromptMessages"];
            variables: components["schemas"]["PromptVariables"];
            parameters: components["schemas"]["PromptParameters"];
        };
        PromptRendering: {
            /** @constant */
            object: "prompt.rendering";
            prompt_id: string;
            version: number;
            messages: components["schemas"]["ChatMessage"][];
            parameters: components["schemas"]["PromptParameters"];
        };
        PromptDiff: {
            /** @constant */
            object: "prompt.diff";
            prompt_id: string;
            from: number;
            to: number;
            changes: components["schemas"]["PromptChange"][];
            /** @description The same as a unified diff of both versions' YAML; empty if nothing changed. */
            text: string;
        };
        PromptChange: {
            /** @enum {string} */
            op: "add" | "remove" | "replace";
            /**
             * @description JSON Pointer (RFC 6901), such as `/messages/1/content`: into the newer version, or, for what was removed,
             *     into the older.
             */
            path: string;
            /** @description The value in the older version; missing if it was added. */
            before?: unknown;
            /** @description The value in the newer version; missing if it was removed. */
            after?: unknown;
        };
        PromptList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Prompt"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        PromptVersionList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["PromptVersion"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        Overview: {
            /** @constant */
            object: "gateway.overview";
            /** @description Seconds since the epoch */
            created_at: number;
            /** @description The gateway's */
            version: string;
            /** @description Of the gateway, in seconds since the epoch */
            started_at: number;
            /** @description How long one step of `series` is */
            step_seconds: number;
            /** @description Worker processes, by state */
            workers: {
                starting: number;
                ready: number;
                draining: number;
            };
            in_flight: {
                requests: number;
                streams: number;
                connections: number;
            };
            /** @description Since the gateway started */
            totals: components["schemas"]["OverviewTotals"];
            series: components["schemas"]["OverviewSeries"];
            upstreams: components["schemas"]["OverviewUpstream"][];
        };
        OverviewTotals: {
            /** @description All that have ended */
            requests: number;
            /** @description Ended with a 4xx other than 429 and 499 */
            refused: number;
            /** @description Ended with 429 */
            limited: number;
            /** @description Ended with a 5xx */
            failed: number;
            /** @description Clients that left before they got a status */
            cancelled: number;
            /** @description Answers that broke off, or whose client left */
            broken: number;
            input_tokens: number;
            output_tokens: number;
            /** @description US dollars, for requests with a known price; null if none has one */
            cost: number | null;
        };
        /**
         * @description One number for each step, oldest first; the last one ended at `end_time`. Counts are those of the step, as in
         *     `totals`. Latencies are estimated from histograms over the ten seconds up to the step, and null if nothing ended.
         */
        OverviewSeries: {
            /** @description Seconds since the epoch */
            end_time: number;
            requests: components["schemas"]["OverviewCounts"];
            refused: components["schemas"]["OverviewCounts"];
            limited: components["schemas"]["OverviewCounts"];
            failed: components["schemas"]["OverviewCounts"];
            cancelled: components["schemas"]["OverviewCounts"];
            broken: components["schemas"]["OverviewCounts"];
            input_tokens: components["schemas"]["OverviewCounts"];
            output_tokens: components["schemas"]["OverviewCounts"];
            cost: components["schemas"]["OverviewCounts"];
            in_flight: components["schemas"]["OverviewCounts"];
            latency_p50_ms: components["schemas"]["OverviewLatencies"];
            latency_p95_ms: components["schemas"]["OverviewLatencies"];
            latency_p99_ms: components["schemas"]["OverviewLatencies"];
            first_token_p50_ms: components["schemas"]["OverviewLatencies"];
            first_token_p95_ms: components["schemas"]["OverviewLatencies"];
        };
        OverviewCounts: number[];
        OverviewLatencies: (number | null)[];
        OverviewUpstream: {
            name: string;
            url: string;
            /**
             * @description Result of its health check; unknown without one
             * @enum {unknown}
             */
            health: "up" | "down" | "unknown";
            /**
             * @description The upstream's own breaker, which opens when it can't be reached
             * @enum {unknown}
             */
            breaker: "closed" | "half_open" | "open";
            /** @description Its models whose breaker is not closed because their answers were faulty */
            models: {
                model: string;
                /** @enum {unknown} */
                breaker: "closed" | "half_open" | "open";
            }[];
            in_flight: number;
            /** @description Requests that wait for a place */
            waiting: number;
            /** @description How long one step of `attempts` and `failed` is */
            step_seconds: number;
            /** @description Requests to it that have ended, by step, oldest first */
            attempts: components["schemas"]["OverviewCounts"];
            /** @description Those of them that failed */
            failed: components["schemas"]["OverviewCounts"];
            /** @description Over the last minute; null if nothing ended */
            latency_p50_ms: number | null;
        };
        /** @description Unique among keys that are not revoked */
        KeyName: string;
        KeyText: string | null;
        KeyPatterns: string[] | null;
        /** @description Any 60 seconds are a minute; days are those of the calendar in UTC. A member that is null sets no limit. */
        KeyLimits: {
            requests_per_minute?: components["schemas"]["KeyLimit"];
            requests_per_day?: components["schemas"]["KeyLimit"];
            /** @description Prompts and answers together */
            tokens_per_minute?: components["schemas"]["KeyLimit"];
            /** @description Prompts and answers together */
            tokens_per_day?: components["schemas"]["KeyLimit"];
            /** @description In flight at a time */
            concurrent_requests?: components["schemas"]["KeyLimit"];
            /** @description In one session of an agent */
            requests_per_session?: components["schemas"]["KeyLimit"];
            /** @description In one session of an agent, prompts and answers together */
            tokens_per_session?: components["schemas"]["KeyLimit"];
            /** @description Since the first request of an agent's session */
            minutes_per_session?: components["schemas"]["KeyMinutes"];
            /** @description The same tools called with the same arguments in so many turns in a row; then an agent is refused */
            equal_tool_calls?: components["schemas"]["KeyEqualCalls"];
        } | null;
        KeyLimit: number | null;
        KeyMinutes: number | null;
        KeyEqualCalls: number | null;
        /** @description US dollars; days and months are those of the calendar in UTC */
        KeyBudget: {
            per_day?: components["schemas"]["KeyMoney"];
            per_month?: components["schemas"]["KeyMoney"];
            /** @description In one session of an agent */
            per_session?: components["schemas"]["KeyMoney"];
        } | null;
        KeyMoney: number | null;
        KeyPriority: number | null;
        /**
         * @description `api`: models, prompts, stored completions and the key's own usage. `metrics`: `/metrics`. `keyless`: the key owns what was stored while the
         *     gateway had no keys, and what it stores is kept with that. `passthrough`: the paths that routes let pass to their hosts.
         */
        KeyPermissions: ("api" | "metrics" | "keyless" | "passthrough")[] | null;
        CreateKeyRequest: {
            name: components["schemas"]["KeyName"];
            /** @description Whose key it is, for people */
            owner?: components["schemas"]["KeyText"];
            /** @description The team that its stored completions and prompts belong to */
            team?: components["schemas"]["KeyText"];
            /** @description The organisation that the team belongs to */
            organisation?: components["schemas"]["KeyText"];
            metadata?: components["schemas"]["Metadata"];
            /** @description When it stops working, in seconds since the epoch */
            expires_at?: number | null;
            /** @description Names, or patterns with `*`, of the models it may ask for */
            models?: components["schemas"]["KeyPatterns"];
            /** @description Names, or patterns with `*`, of the routes it may use */
            routes?: components["schemas"]["KeyPatterns"];
            /** @description Addresses and networks (CIDR) that it may be used from */
            addresses?: components["schemas"]["KeyPatterns"];
            /** @description Most that it may use; for null or missing members the configuration's limits for keys apply */
            limits?: components["schemas"]["KeyLimits"];
            /** @description Most that it may cost */
            budget?: components["schemas"]["KeyBudget"];
            /** @description Requests with a higher priority come first when they wait for a limit (default 0) */
            priority?: components["schemas"]["KeyPriority"];
            /** @description What it permits (default only `api`) */
            permissions?: components["schemas"]["KeyPermissions"];
        };
        UpdateKeyRequest: {
            name?: components["schemas"]["KeyName"];
            /** @description Whose key it is, for people */
            owner?: components["schemas"]["KeyText"];
            /** @description The team that its stored completions and prompts belong to */
            team?: components["schemas"]["KeyText"];
            /** @description The organisation that the team belongs to */
            organisation?: components["schemas"]["KeyText"];
            metadata?: components["schemas"]["Metadata"];
            /** @description When it stops working, in seconds since the epoch */
            expires_at?: number | null;
            /** @description Names, or patterns with `*`, of the models it may ask for */
            models?: components["schemas"]["KeyPatterns"];
            /** @description Names, or patterns with `*`, of the routes it may use */
            routes?: components["schemas"]["KeyPatterns"];
            /** @description Addresses and networks (CIDR) that it may be used from */
            addresses?: components["schemas"]["KeyPatterns"];
            /** @description Most that it may use; for null or missing members the configuration's limits for keys apply */
            limits?: components["schemas"]["KeyLimits"];
            /** @description Most that it may cost */
            budget?: components["schemas"]["KeyBudget"];
            /** @description Requests with a higher priority come first when they wait for a limit (default 0) */
            priority?: components["schemas"]["KeyPriority"];
            /** @description What it permits (default only `api`) */
            permissions?: components["schemas"]["KeyPermissions"];
        };
        RotateKeyRequest: {
            /** @description How long the old secret still works */
            grace_seconds?: number;
        };
        /** @description Times are seconds since the epoch. `null` means not restricted, or not known. */
        Key: {
            id: string;
            /** @constant */
            object: "gateway.key";
            name: string;
            owner: string | null;
            team: string | null;
            organisation: string | null;
            metadata: {
                [key: string]: string;
            };
            /** @enum {unknown} */
            status: "active" | "expired" | "revoked";
            /** @description The last letters of its secret */
            hint: string;
            models: string[] | null;
            routes: string[] | null;
            addresses: string[] | null;
            limits: components["schemas"]["KeyLimits"];
            budget: components["schemas"]["KeyBudget"];
            priority: number;
            /**
             * @description Workers that had not acknowledged a change within two seconds, such as `worker 123`; missing if all have. The change is in
             *     force in them as soon as they do anything again. Other machines on the same store follow within two seconds.
             */
            pending?: string[];
            /**
             * @description In the answer to a revocation that is in force in this gateway but not yet in the store. The gateway writes it, with its audit
             *     entry, as soon as the store can be written to; only then do other machines learn of it.
             */
            unwritten?: {
                /** @description Whether it survives a restart of this gateway before it is written */
                survives_restart: boolean;
                /** @description What is in force and what is not, in words */
                message: string;
            };
            /** @description `null` means only `api` */
            permissions: string[] | null;
            created_at: number;
            updated_at: number;
            expires_at: number | null;
            rotated_at: number | null;
            /** @description Until when the secret from before the last rotation works */
            previous_works_until: number | null;
            revoked_at: number | null;
            /** @description To the minute, with up to a minute's delay */
            last_used_at: number | null;
        };
        KeyWithSecret: components["schemas"]["Key"] & {
            /** @description The secret that clients send. It is shown only this once. */
            secret: string;
        };
        KeyList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Key"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        /** @description Tokens of the cache, of recordings and of pictures are among the input; reasoning, speech and pictures among the output */
        TokenCounts: {
            input: number;
            /** @description Read from the upstream's cache */
            cached: number;
            /** @description Written to the upstream's cache */
            cache_write: number;
            /** @description Of those written, the ones that are kept for an hour */
            cache_write_1h: number;
            audio_input: number;
            image_input: number;
            output: number;
            reasoning: number;
            audio_output: number;
            image_output: number;
        };
        /** @description What is billed by other units than tokens */
        UnitCounts: {
            /** @description Queries with up to 100 documents each */
            search_units?: number;
            /** @description Of texts that are spoken */
            characters?: number;
            audio_seconds?: number;
            images?: number;
            /** @description Of files that were sent or fetched */
            file_bytes?: number;
        };
        /** @description A request to an upstream. Without `tokens` nothing is known that it would be billed for */
        RequestAttempt: {
            upstream: string;
            model: string | null;
            response_model: string | null;
            /** @enum {unknown} */
            kind: "first" | "retry" | "failover" | "hedge" | "rescue";
            /** @description `ok`, `cancelled`, or the fault, in a word */
            outcome: string;
            status: number | null;
            duration_ms: number;
            tokens: components["schemas"]["TokenCounts"] | null;
            units: components["schemas"]["UnitCounts"] | null;
            /** @description Not all tokens were counted by the upstream itself */
            is_estimated: boolean;
            /** @description US dollars; null if no price is known */
            cost: number | null;
            /** @description Whose price that is; `configuration`, `upstream` if that says itself what it charges, or an entry of a price list */
            cost_source: string | null;
            /** @description The tier that has served the answer, where the upstream says it; the usual one is `standard` */
            service_tier: string | null;
        };
        /** @description Usage of one request. `null` means not known, or none */
        RequestRecord: {
            id: string;
            /** @constant */
            object: "gateway.request";
            /** @description When it arrived; seconds since the epoch */
            created_at: number;
            request_id: string;
            operation: string;
            key: {
                id: string;
                name: string;
            } | null;
            team: string | null;
            organisation: string | null;
            route: string | null;
            /** @description The agent's session that it belongs to */
            session: components["schemas"]["SessionName"] | null;
            agent: string | null;
            subagent: string | null;
            model: string | null;
            response_model: string | null;
            /** @description The upstream that answered, else the last one asked */
            upstream: string | null;
            stream: boolean;
            /** @description The client's status; 499 if it left before one was sent */
            status: number;
            /**
             * @description `failed` also if an answer broke off after a good status, or an open breaker kept the request from being sent; `refused` if the gateway found the request wrong, not allowed or over a limit (4xx), and asked no upstream
             * @enum {unknown}
             */
            outcome: "completed" | "failed" | "cancelled" | "refused";
            error_code: string | null;
            /** @description All attempts together */
            tokens: components["schemas"]["TokenCounts"] | null;
            /** @description All attempts together; null if the operation uses tokens alone */
            units: components["schemas"]["UnitCounts"] | null;
            is_estimated: boolean;
            /** @description US dollars, for the attempts whose price is known */
            cost: number | null;
            duration_ms: number;
            first_token_ms: number | null;
            attempts: components["schemas"]["RequestAttempt"][];
            /** @description Its answer is the cache's, and cost nothing; null if it was made for the request */
            cached: components["schemas"]["CachedUse"] | null;
            /** @description Tags from plugins, and the text members of its `metadata`; at most 16 */
            tags: {
                [key: string]: string;
            };
            /** @description Of the upstream that answered, as in `attempts` */
            service_tier: string | null;
            /** @description The usage object of the upstream that answered */
            usage: Record<string, unknown> | null;
        };
        RequestList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["RequestRecord"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        CachedUse: {
            /**
             * @description `exact` for an equal request, `semantic` for one that means the same, `collapsed` if the answer was under way
             * @enum {unknown}
             */
            kind: "exact" | "semantic" | "collapsed";
            /** @description US dollars that it would have cost; null if that is not known */
            saved: number | null;
            /** @description Of the two questions, if they differ */
            similarity: number | null;
        };
        ShelfTotals: {
            entries: number;
            bytes: number;
            /** @description Null without a bound */
            max_bytes: number | null;
        };
        AnswerCache: {
            /** @constant */
            object: "gateway.cache";
            memory: components["schemas"]["ShelfTotals"];
            /** @description What is behind the memory; null if nothing is */
            store: components["schemas"]["ShelfTotals"] | null;
            /** @enum {unknown} */
            store_kind: "sqlite" | "postgresql" | "redis" | null;
        };
        AnswerCacheCleared: {
            /** @constant */
            object: "gateway.cache.cleared";
            /** @description How many answers */
            removed: number;
        };
        WebhookDeliveryList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["WebhookDelivery"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        /** @description What a webhook is told, and what has become of it */
        WebhookDelivery: {
            id: string;
            /** @constant */
            object: "gateway.webhook_delivery";
            webhook: string;
            event_id: string;
            type: string;
            /** @description Id of the response that it is about */
            response: string;
            created_at: number;
            /** @enum {unknown} */
            state: "waiting" | "delivered" | "given_up";
            attempts: number;
            /** @description Status of the last answer, or why there was none */
            last_result: string | null;
            /** @description When it is sent next; null if it is over */
            next_at: number | null;
        };
        WebhookTest: {
            /** @constant */
            object: "gateway.webhook_test";
            webhook: string;
            is_taken: boolean;
            /** @description Status of the answer, or why there was none */
            result: string;
        };
        AgentSessionList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["AgentSession"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        /** @description A session of an agent, and what it has used. `null` means not known, or none */
        AgentSession: {
            id: string;
            /** @constant */
            object: "gateway.agent_session";
            /** @description As its agent calls it */
            name: string;
            key: {
                id: string;
                name: string;
            } | null;
            agent: string;
            /** @description When its first request came; seconds since the epoch */
            first_at: number;
            last_at: number;
            /** @description Requests in this gateway */
            under_way: number;
            /** @description Its requests are refused until then */
            stopped_until: number | null;
            stop_reason: string | null;
            /** @description Workers that have not confirmed a stop in time; missing if all have */
            pending?: string[];
            requests: number;
            failed: number;
            cancelled: number;
            refused: number;
            input_tokens: number;
            cached_tokens: number;
            cache_write_tokens: number;
            output_tokens: number;
            /** @description Share of the input that came from the prompt cache */
            cache_ratio: number | null;
            /** @description US dollars, for the attempts whose price is known */
            cost: number | null;
            /** @description All requests together */
            duration_ms: number;
        };
        AgentSessionDetail: components["schemas"]["AgentSession"] & {
            /** @description Its agents and sub-agents, each below the one whose path it continues */
            agents: components["schemas"]["AgentSessionPart"][];
            /** @description Its last hundred requests, the newest first */
            turns: components["schemas"]["RequestRecord"][];
            has_more_turns: boolean;
            /** @description Its requests under way in this gateway */
            live: components["schemas"]["LiveRequest"][];
        };
        AgentSessionPart: {
            agent: string;
            /** @description Null for the session's own */
            subagent: string | null;
            first_at: number;
            last_at: number;
            under_way: number;
            requests: number;
            failed: number;
            cancelled: number;
            refused: number;
            input_tokens: number;
            cached_tokens: number;
            cache_write_tokens: number;
            output_tokens: number;
            cache_ratio: number | null;
            cost: number | null;
            duration_ms: number;
        };
        LiveRequest: {
            request_id: string;
            agent: string;
            subagent: string | null;
            model: string | null;
            stream: boolean;
            started_at: number;
        };
        StopAgentSessionRequest: {
            /** @description How long it is refused; an hour if it isn't said */
            for_seconds?: number;
            /** @description For the agent and its user */
            reason?: string;
        };
        /** @description The session of an agent */
        SessionName: {
            /** @description Of the gateway; sessions of different keys have different ones */
            id: string;
            /** @description As the agent calls it */
            name: string;
        };
        /** @description Has a member for each group, which is null if the requests have none */
        UsageResult: {
            /** @constant */
            object: "gateway.usage.result";
            key?: {
                id: string;
                name: string | null;
            } | null;
            team?: string | null;
            organisation?: string | null;
            /** @description As clients ask for it; null if they name none that can be read. Of names that no upstream has answered to, 500 are listed; the others are `(others)` */
            model?: string | null;
            route?: string | null;
            upstream?: string | null;
            operation?: string | null;
            session?: components["schemas"]["SessionName"];
            agent?: string | null;
            subagent?: string | null;
            tag?: {
                name: string;
                value: string;
            };
            /** @description With `upstream` as a group, those that it answered */
            requests: number;
            /** @description Those that got no complete answer, also because of a breaker or the store */
            failed: number;
            /** @description Those whose client left */
            cancelled: number;
            /** @description Those that were wrong, not allowed or over a limit */
            refused: number;
            /** @description Requests to upstreams */
            attempts: number;
            /** @description Requests of which not all tokens were counted by the upstreams */
            estimated: number;
            input_tokens: number;
            cached_tokens: number;
            /** @description Written to upstreams' caches */
            cache_write_tokens: number;
            /** @description Of those written, the ones that are kept for an hour */
            cache_write_1h_tokens: number;
            audio_input_tokens: number;
            image_input_tokens: number;
            output_tokens: number;
            reasoning_tokens: number;
            audio_output_tokens: number;
            image_output_tokens: number;
            /** @description Of rerankings; queries with up to 100 documents each */
            search_units: number;
            /** @description Of texts that were spoken */
            characters: number;
            audio_seconds: number;
            images: number;
            /** @description Of files that were sent or fetched */
            file_bytes: number;
            /** @description US dollars, for requests with a known price; null if none has one */
            cost: number | null;
            /** @description Requests that got an answer of the cache */
            cached_requests: number;
            /** @description US dollars that those would have cost, as far as that is known */
            saved: number;
            /** @description All requests together */
            duration_ms: number;
        };
        UsageBucket: {
            /** @constant */
            object: "bucket";
            start_time: number;
            end_time: number;
            results: components["schemas"]["UsageResult"][];
        };
        UsagePage: {
            /** @constant */
            object: "page";
            data: components["schemas"]["UsageBucket"][];
            has_more: boolean;
            next_page: string | null;
            /** @description The price lists that come with the gateway */
            prices: {
                package: string;
                version: string;
                date: string;
            };
        };
        CreateSessionRequest: {
            /** @description The part of the link after `#/link/` */
            link: string;
        };
        Session: {
            /** @constant */
            object: "gateway.session";
            /** @description For `Authorization`, as a bearer token */
            credential: string;
            expires_at: number;
        };
        LessonList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Lesson"][];
        };
        /** @description A part of requests that a model has refused, and is left out for it. */
        Lesson: {
            /** @constant */
            object: "gateway.lesson";
            id: string;
            upstream: string;
            /** @description As the upstream names it */
            model: string;
            /** @enum {unknown} */
            kind: "member" | "beta";
            /** @description A member of the body, with a star for any index (`tools.*.strict`), or a value of `anthropic-beta` */
            name: string;
            /** @description The only value of the member that is left out; null for any */
            value: string | boolean | null;
            learned_at: number;
            expires_at: number;
        };
        /**
         * @description `hash` is the hexadecimal SHA-256 of `previous_hash`, a line feed, and the canonical JSON (RFC 8785) of the entry without
         *     `object`, `previous_hash` and `hash`. The first entry's `previous_hash` is 64 zeros.
         */
        AuditEntry: {
            id: string;
            /** @constant */
            object: "gateway.audit_entry";
            /** @description From 1, without gaps */
            number: number;
            created_at: number;
            actor: {
                /** @description `admin:` and the first digits of the SHA-256 of the administrator's credential, `local:` and the user on the gateway's machine, or `gateway` */
                name: string;
                address: string | null;
                request_id: string | null;
            };
            action: string;
            /** @description Id of the key; null if it is about none */
            target: string | null;
            /** @description The state before, without secrets */
            before: Record<string, unknown> | null;
            after: Record<string, unknown> | null;
            previous_hash: string;
            hash: string;
        };
        AuditList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["AuditEntry"][];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
            /** @description The last entry as it is noted beside the entries; number 0 while there is none. */
            head: {
                number: number;
                hash: string;
            };
        };
        ChatCompletion: {
            id: string;
            /** @constant */
            object: "chat.completion";
            /** @description Seconds since the epoch */
            created: number;
            model: string;
            choices: {
                index: number;
                message: components["schemas"]["ChatCompletionMessage"];
                finish_reason: components["schemas"]["FinishReason"];
                logprobs?: Record<string, unknown> | null;
            }[];
            usage?: components["schemas"]["Usage"];
            system_fingerprint?: string | null;
            service_tier?: string | null;
        };
        /**
         * @description `incomplete`: the answer was cut because the client left or the upstream broke off, or is longer than the 16 MB that are
         *     kept. `failed`: the upstream ended its stream with an error. What had come of a stream is kept.
         * @enum {string}
         */
        StoredStatus: "completed" | "incomplete" | "failed";
        /** @description The answer as the client got it, and the parameters of its request, such as `temperature` and `tools`. */
        StoredCompletion: {
            id: string;
            /** @constant */
            object: "chat.completion";
            /** @description Seconds since the epoch */
            created: number;
            /** @description The model that answered, as the upstream calls it */
            model: string;
            choices: {
                index: number;
                message: components["schemas"]["ChatCompletionMessage"];
                finish_reason?: components["schemas"]["FinishReason"];
                logprobs?: Record<string, unknown> | null;
            }[];
            usage?: components["schemas"]["Usage"];
            system_fingerprint?: string | null;
            service_tier?: string | null;
            metadata: components["schemas"]["Metadata"];
            status: components["schemas"]["StoredStatus"];
            /** @description Milliseconds from the request's arrival to the answer's end */
            duration_ms?: number;
            /** @description The whole request; only with `include`. */
            request?: Record<string, unknown>;
        };
        StoredCompletionList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["StoredCompletion"][];
            first_id: string | null;
            /** @description The next page's `after` */
            last_id: string | null;
            has_more: boolean;
        };
        StoredMessageList: {
            /** @constant */
            object: "list";
            data: {
                /** @description The completion's id, followed by the message's position */
                id: string;
                role: string;
                content: string | null;
                /** @description The content, if it was given as parts */
                content_parts: Record<string, unknown>[] | null;
                name?: string | null;
            }[];
            first_id: string | null;
            last_id: string | null;
            has_more: boolean;
        };
        ChatCompletionMessage: {
            role: string;
            content?: string | unknown[] | null;
            refusal?: string | null;
            reasoning_content?: string | null;
            tool_calls?: Record<string, unknown>[] | null;
            annotations?: unknown[] | null;
            audio?: Record<string, unknown> | null;
        };
        ChatCompletionChunk: {
            id: string;
            /** @description `chat.completion.chunk`; some upstreams leave it empty in their first chunk. */
            object?: string;
            /** @description Seconds since the epoch */
            created: number;
            model: string;
            choices: {
                index?: number;
                delta?: {
                    role?: string | null;
                    content?: string | unknown[] | null;
                    refusal?: string | null;
                    reasoning_content?: string | null;
                    tool_calls?: Record<string, unknown>[] | null;
                };
                finish_reason?: components["schemas"]["FinishReason"];
                logprobs?: Record<string, unknown> | null;
            }[];
            usage?: components["schemas"]["Usage"];
            system_fingerprint?: string | null;
            service_tier?: string | null;
        };
        /**
         * @description `stop`, `length`, `tool_calls`, `content_filter` or `function_call`; upstreams have others. Null while the answer
         *     goes on.
         */
        FinishReason: string | null;
        Usage: {
            prompt_tokens?: number;
            completion_tokens?: number;
            total_tokens?: number;
            prompt_tokens_details?: Record<string, unknown> | null;
            completion_tokens_details?: Record<string, unknown> | null;
        } | null;
        Completion: {
            id: string;
            /** @description `text_completion` */
            object: string;
            /** @description Seconds since the epoch */
            created: number;
            model: string;
            choices: {
                index?: number;
                text: string;
                finish_reason?: components["schemas"]["FinishReason"];
                logprobs?: Record<string, unknown> | null;
            }[];
            usage?: components["schemas"]["Usage"];
        };
        EmbeddingList: {
            /** @constant */
            object: "list";
            data: {
                object?: string;
                index?: number;
                /** @description Numbers, or their base64 form (32-bit floats, little-endian) */
                embedding: number[] | string;
            }[];
            model: string;
            usage?: components["schemas"]["Usage"];
        };
        TokenList: {
            count: number;
            /** @description The longest prompt that the model takes; null if the gateway has counted */
            max_model_len?: number | null;
            /** @description Null where nobody knows them, but only about how many they are */
            tokens?: number[] | null;
        };
        DetokenizedText: {
            prompt: string;
        };
        ModerationList: {
            id?: string;
            model?: string;
            /** @description One for each text, or one for all parts */
            results: {
                flagged: boolean;
                categories: {
                    [key: string]: boolean | null;
                };
                category_scores: {
                    [key: string]: number | null;
                };
                /** @description By category, whether texts or pictures were judged */
                category_applied_input_types?: Record<string, unknown>;
            }[];
        };
        /** @description `results`, or `data` as Voyage has it */
        Ranking: {
            id?: string;
            object?: string;
            model?: string;
            results?: components["schemas"]["RankedDocument"][];
            data?: components["schemas"]["RankedDocument"][];
            usage?: {
                total_tokens?: number;
            };
            /** @description Cohere's, with `billed_units.search_units` */
            meta?: Record<string, unknown>;
        } | unknown | unknown;
        RankedDocument: {
            /** @description The document's place in the request */
            index: number;
            relevance_score: number;
            /** @description The document itself, where it was asked for */
            document?: string | Record<string, unknown>;
        };
        ImageList: {
            /** @description Seconds since 1970 */
            created?: number;
            data: {
                /** @description The picture as base64 */
                b64_json?: string;
                /** @description Where it is, or a `data:` URL */
                url?: string;
                /** @description The prompt that the model has made of the request's */
                revised_prompt?: string;
            }[];
            output_format?: string;
            quality?: string;
            size?: string;
            background?: string;
            /** @description Tokens, where the upstream counts them */
            usage?: Record<string, unknown>;
        };
        ImageEvent: {
            /** @description What has come: a picture that is finished (`….completed`), or one that is not (`….partial_image`) */
            type: string;
            b64_json?: string;
            partial_image_index?: number;
            usage?: Record<string, unknown>;
        };
        ModelList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Model"][];
        };
        Model: {
            id: string;
            /** @description `model` */
            object?: string;
            /** @description Seconds since the epoch */
            created?: number;
            owned_by?: string;
            /** @description Tokens of prompt and answer together; of several targets the least. Missing if it is not known */
            context_window?: number;
            /** @description Most tokens of an answer */
            max_output_tokens?: number;
            /** @description `text`, `image`, `audio`, `video`, `file` */
            input_modalities?: unknown;
            /** @description `vision`, `tools`, `json_schema` and `reasoning`, each true or false. Members of others are the upstream's own */
            capabilities?: unknown;
            /** @description Words for how much it may be told to reason */
            reasoning_efforts?: unknown;
            /** @description Dollars for a million tokens: `input`, `cached_input` and `output`. Members of others are the upstream's own */
            pricing?: unknown;
        };
        CatalogueList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["CatalogueModel"][];
        };
        CatalogueModel: {
            /** @constant */
            object: "catalogue.model";
            /** @description As clients ask for it */
            id: string;
            route: string;
            targets: components["schemas"]["CatalogueTarget"][];
        };
        CatalogueTarget: {
            upstream: string;
            /** @description As the upstream calls it */
            model: string;
            /** @description What is not known is missing */
            known: {
                context_window?: components["schemas"]["KnownNumber"];
                max_input_tokens?: components["schemas"]["KnownNumber"];
                max_output_tokens?: components["schemas"]["KnownNumber"];
                images?: components["schemas"]["KnownAbility"];
                audio?: components["schemas"]["KnownAbility"];
                video?: components["schemas"]["KnownAbility"];
                files?: components["schemas"]["KnownAbility"];
                tools?: components["schemas"]["KnownAbility"];
                json_schema?: components["schemas"]["KnownAbility"];
                reasoning?: components["schemas"]["KnownAbility"];
                input_price?: components["schemas"]["KnownNumber"];
                cached_input_price?: components["schemas"]["KnownNumber"];
                output_price?: components["schemas"]["KnownNumber"];
            };
        };
        /** @description Tokens, or dollars for a million of them */
        KnownNumber: {
            value: number;
            source: components["schemas"]["FactSource"];
        };
        KnownAbility: {
            value: boolean;
            source: components["schemas"]["FactSource"];
        };
        /** @description Who says it: `configuration`, `upstream` (its own list), or `price list`; most trusted first */
        FactSource: string;
        GeminiError: {
            error: {
                /** @description The HTTP status */
                code: number;
                message: string;
                /**
                 * @description `INVALID_ARGUMENT`, `UNAUTHENTICATED`, `PERMISSION_DENIED`, `NOT_FOUND`, `RESOURCE_EXHAUSTED`, `INTERNAL`,
                 *     `UNAVAILABLE` or `DEADLINE_EXCEEDED`
                 */
                status: string;
                /** @description `ErrorInfo` with the gateway's own word for what happened, and `RetryInfo` */
                details?: Record<string, unknown>[];
            };
        };
        GeminiModels: {
            models: components["schemas"]["GeminiModel"][];
            /** @description For the next page; missing on the last one. */
            nextPageToken?: string;
        };
        GeminiModel: {
            /** @description `models/` and the name */
            name: string;
            displayName?: string;
            supportedGenerationMethods?: string[];
        };
        GenerateContentRequest: {
            /** @description The conversation so far, as Google has it. */
            contents: unknown[] | Record<string, unknown>;
        };
        GenerateContentAnswer: {
            candidates?: Record<string, unknown>[];
            usageMetadata?: Record<string, unknown>;
            modelVersion?: string;
            responseId?: string;
        };
        GenerateContentStream: components["schemas"]["GenerateContentAnswer"][];
        CountContentTokensRequest: {
            /** @description The conversation so far. */
            contents?: unknown[] | Record<string, unknown>;
            /** @description In place of `contents`, a whole request. */
            generateContentRequest?: Record<string, unknown>;
        };
        ContentTokenCount: {
            totalTokens: number;
        };
        EmbedContentRequest: {
            /** @description What is to become a vector. */
            content: Record<string, unknown>;
        };
        ContentEmbedding: {
            embedding?: Record<string, unknown>;
        };
        BatchEmbedContentsRequest: {
            /** @description Requests as for one vector. */
            requests: Record<string, unknown>[];
        };
        ContentEmbeddings: {
            embeddings?: Record<string, unknown>[];
        };
        OllamaError: {
            error: string;
        };
        OllamaChatRequest: {
            /** @description The name of a model, as `/api/tags` lists it. */
            model: string;
            /** @description The conversation so far; none to load the model. */
            messages?: components["schemas"]["OllamaMessage"][] | null;
            tools?: Record<string, unknown>[] | null;
            /** @description Whether the answer comes as a stream of lines. */
            stream?: boolean | null;
            /**
             * @description How the answer is made: `temperature`, `top_p`, `top_k`, `seed`, `stop`, `num_predict`, `frequency_penalty` and
             *     `presence_penalty` hold everywhere, all others (`num_ctx`, `repeat_penalty`, …) where Ollama answers.
             */
            options?: Record<string, unknown> | null;
            /** @description `json`, or a JSON Schema that the answer has to fit. */
            format?: string | Record<string, unknown> | null;
            /** @description Whether the model is to reason before it answers, or how much (`low`, `medium`, `high`). */
            think?: boolean | string | null;
            /** @description How long Ollama keeps the model loaded. */
            keep_alive?: string | number | null;
            /** @description Whether the answer says how probable each token was. */
            logprobs?: boolean | null;
            /** @description How many of the most probable tokens are named at each place. */
            top_logprobs?: number | null;
        };
        OllamaMessage: {
            role: string;
            content?: string | null;
            thinking?: string | null;
            /** @description Pictures, in base64. */
            images?: string[] | null;
            tool_calls?: Record<string, unknown>[] | null;
            tool_name?: string | null;
            tool_call_id?: string | null;
        };
        OllamaChat: {
            model?: string;
            message?: {
                role?: string;
                content?: string;
                thinking?: string;
                images?: string[];
                tool_calls?: Record<string, unknown>[];
            };
            created_at?: string;
            done?: boolean;
            /** @description `stop`, `length`, `load` or `unload`; `content_filter` where a vendor's filter has ended the answer. */
            done_reason?: string;
            /** @description Nanoseconds since the request came. */
            total_duration?: number;
            load_duration?: number;
            prompt_eval_count?: number;
            /** @description Nanoseconds until the first output of a stream. */
            prompt_eval_duration?: number;
            eval_count?: number;
            /** @description Nanoseconds from the first output of a stream to its end. */
            eval_duration?: number;
            logprobs?: Record<string, unknown>[];
        };
        OllamaGenerateRequest: {
            /** @description The name of a model, as `/api/tags` lists it. */
            model: string;
            /** @description What is to be answered; none to load the model. */
            prompt?: string | null;
            /** @description Instructions, in place of the model's own. */
            system?: string | null;
            /** @description What follows the answer; for Ollama alone. */
            suffix?: string | null;
            /** @description For Ollama alone. */
            template?: string | null;
            /** @description The prompt is not put into the model's template; for Ollama alone. */
            raw?: boolean | null;
            /** @description Tokens of an earlier answer; for Ollama alone. */
            context?: number[] | null;
            /** @description Pictures, in base64. */
            images?: string[] | null;
            /** @description Whether the answer comes as a stream of lines. */
            stream?: boolean | null;
            /**
             * @description How the answer is made: `temperature`, `top_p`, `top_k`, `seed`, `stop`, `num_predict`, `frequency_penalty` and
             *     `presence_penalty` hold everywhere, all others (`num_ctx`, `repeat_penalty`, …) where Ollama answers.
             */
            options?: Record<string, unknown> | null;
            /** @description `json`, or a JSON Schema that the answer has to fit. */
            format?: string | Record<string, unknown> | null;
            /** @description Whether the model is to reason before it answers, or how much (`low`, `medium`, `high`). */
            think?: boolean | string | null;
            /** @description How long Ollama keeps the model loaded. */
            keep_alive?: string | number | null;
            /** @description Whether the answer says how probable each token was. */
            logprobs?: boolean | null;
            /** @description How many of the most probable tokens are named at each place. */
            top_logprobs?: number | null;
        };
        OllamaGeneration: {
            model?: string;
            response?: string;
            thinking?: string;
            context?: number[];
            created_at?: string;
            done?: boolean;
            /** @description `stop`, `length`, `load` or `unload`; `content_filter` where a vendor's filter has ended the answer. */
            done_reason?: string;
            /** @description Nanoseconds since the request came. */
            total_duration?: number;
            load_duration?: number;
            prompt_eval_count?: number;
            /** @description Nanoseconds until the first output of a stream. */
            prompt_eval_duration?: number;
            eval_count?: number;
            /** @description Nanoseconds from the first output of a stream to its end. */
            eval_duration?: number;
            logprobs?: Record<string, unknown>[];
        };
        OllamaEmbedRequest: {
            /** @description The name of a model, as `/api/tags` lists it. */
            model: string;
            /** @description A text, or a list of texts. */
            input: string | string[];
            /** @description How long each vector is to be. */
            dimensions?: number | null;
            /** @description Whether a text that is too long is cut; for Ollama alone. */
            truncate?: boolean | null;
            options?: Record<string, unknown> | null;
            keep_alive?: string | number | null;
        };
        OllamaEmbeddings: {
            model?: string;
            embeddings?: number[][];
            total_duration?: number;
            load_duration?: number;
            prompt_eval_count?: number;
        };
        OllamaEmbeddingRequest: {
            /** @description The name of a model, as `/api/tags` lists it. */
            model: string;
            prompt: string;
            options?: Record<string, unknown> | null;
            keep_alive?: string | number | null;
        };
        OllamaEmbedding: {
            embedding?: number[];
        };
        OllamaModels: {
            models: components["schemas"]["OllamaModel"][];
        };
        OllamaModel: {
            name: string;
            model: string;
            modified_at?: string;
            /** @description In bytes; 0 where that is not known. */
            size?: number;
            digest?: string;
            details?: {
                parent_model?: string;
                format?: string;
                family?: string;
                families?: string[] | null;
                parameter_size?: string;
                quantization_level?: string;
            };
        };
        OllamaShowRequest: {
            /** @description The name of a model, as `/api/tags` lists it. */
            model?: string;
            /** @description The same, as older clients write it. */
            name?: string;
            verbose?: boolean | null;
        };
        OllamaModelDetails: {
            modelfile?: string;
            parameters?: string;
            template?: string;
            modified_at?: string;
            details?: {
                parent_model?: string;
                format?: string;
                family?: string;
                families?: string[] | null;
                parameter_size?: string;
                quantization_level?: string;
            };
            /** @description With `general.architecture`, and a member named after it that ends in `.context_length` where the length is known. */
            model_info?: Record<string, unknown>;
            /** @description `completion`, `embedding`, `vision` and `thinking` as far as they are known; `tools` unless the model is known to lack them. */
            capabilities?: string[];
        };
        OllamaVersion: {
            /** @example 0.13.0 */
            version: string;
        };
    };
    responses: {
        /** @description The request does not fit the contract. `param` names the place, and `message` says what would be right. */
        BadRequest: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description This gateway needs a key, and the request has no valid one. */
        Unauthorized: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "www-authenticate": components["headers"]["Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The key may not be used from this address, or not for this model or route. */
        Forbidden: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description This needs the administrator's credential. */
        NoAdministrator: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "www-authenticate": components["headers"]["Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description Agents of several keys call a session so; its id tells which is meant. */
        SessionAmbiguous: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description Another key, which is not revoked, has this name. */
        KeyNameTaken: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description There is no such object. */
        NotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The prompt. */
        Prompt: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                etag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Prompt"];
            };
        };
        /** @description The version. */
        PromptVersion: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["PromptVersion"];
            };
        };
        /** @description The prompt, its version or its label does not exist; or the upstream's own 404, as it came. */
        PromptNotFound: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"] | Record<string, unknown>;
            };
        };
        /** @description Another prompt has this name. */
        NameTaken: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The prompt has been changed in between and no longer has the ETag of `If-Match`. */
        Changed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The body is larger than the gateway takes. */
        TooLarge: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The stream that the `Last-Event-ID` belongs to is not kept any more, or never was. */
        AnswerNotKept: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The `Idempotency-Key` or the `Last-Event-ID` belongs to a request with another body or path. */
        KeyReused: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The body is not JSON, or its coding is unknown. */
        UnsupportedMediaType: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /**
         * @description A limit is used up: of requests, of tokens, of requests at a time (`rate_limit_exceeded`) or of money
         *     (`insufficient_quota`). Or the request needs more tokens than the whole limit has.
         */
        LimitReached: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                "x-should-retry": components["headers"]["ShouldRetry"];
                "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description It is for WebSockets alone, and the request is no handshake of one; or the gateway takes none. */
        UpgradeRequired: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                /** @description The protocol that is served here */
                upgrade?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /**
         * @description The client has used up the requests of this window. Where the limit is the document's, the message says what raises it:
         *     `x-rate-limit` in an overlay, or the overlay `no-rate-limit`.
         */
        RateLimited: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The gateway or one of its plugins failed. */
        Failed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The upstream can't be reached, can't be trusted, or broke off before its answer was complete. */
        UpstreamFailed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-llmgw-attempts": components["headers"]["Attempts"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The upstream is failing and gets no requests for a while, or already has as many as it may. */
        UpstreamUnavailable: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The upstream did not answer in time. */
        UpstreamTimedOut: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-llmgw-attempts": components["headers"]["Attempts"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The store can't be reached; everything that doesn't need it still works. */
        StoreUnavailable: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The store's disk is full; everything that doesn't need it still works. */
        StoreFull: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorResponse"];
            };
        };
        /** @description The upstream's own error, with its status, body and `retry-after` as they came. */
        UpstreamError: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-llmgw-attempts": components["headers"]["Attempts"];
                [name: string]: unknown;
            };
            content: {
                "application/json": Record<string, unknown>;
            };
        };
        /** @description The request does not fit the contract; `message` says where, and what would. */
        MessagesRefused: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["MessagesError"];
            };
        };
        /**
         * @description Any other error, in Anthropic's shape: the gateway's own, or the upstream's with its status, body and `retry-after`.
         *     `x-should-retry` is `false` where another try can only fail again.
         */
        MessagesFailed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-llmgw-attempts": components["headers"]["Attempts"];
                "retry-after": components["headers"]["RetryAfter"];
                "x-should-retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["MessagesError"];
            };
        };
        /** @description The request does not fit the contract; `message` says where, and what would. */
        GeminiRefused: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GeminiError"];
            };
        };
        /**
         * @description Any other error, in Google's shape: the gateway's own, or the upstream's with its status and body. `RetryInfo` among the
         *     `details` says when to ask again, as `retry-after` does.
         */
        GeminiFailed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-llmgw-attempts": components["headers"]["Attempts"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GeminiError"];
            };
        };
        /** @description The request does not fit the contract; `error` says where, and what would. */
        OllamaRefused: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OllamaError"];
            };
        };
        /** @description Any other error, in Ollama's shape: the gateway's own, or the upstream's with its status and its words. */
        OllamaFailed: {
            headers: {
                "x-request-id": components["headers"]["RequestId"];
                "x-llmgw-attempts": components["headers"]["Attempts"];
                "retry-after": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OllamaError"];
            };
        };
    };
    parameters: {
        /**
         * @description The stored completion's `id`, as in its answer
         * @example chatcmpl-4fYxKp0qV7mTz2WcR9uLbJd6sHgEa
         */
        CompletionId: string;
        /**
         * @description The file's id
         * @example file-4fYxKp0qV7mTz2WcR9uLbJd6
         */
        FileId: string;
        /**
         * @description The upload's id
         * @example upload_4fYxKp0qV7mTz2WcR9uLbJd6
         */
        UploadId: string;
        /** @description Only files with this purpose */
        FilePurpose: string;
        /** @description Id of the previous page's last file */
        FilesAfter: string;
        /** @description The same, as Anthropic's clients name it */
        FilesAfterId: string;
        /** @description Id of the next page's first file, for Anthropic's clients */
        FilesBeforeId: string;
        /** @description What `next_page` of the page before says, for Anthropic's clients */
        FilesPage: string;
        /** @description Only these files, for Anthropic's clients */
        FilesIds: string[];
        /** @description Most files in a page; 10000 by default, and 20 for Anthropic's clients */
        FilesLimit: number;
        /**
         * @description The conversation's id
         * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
         */
        ConversationId: string;
        /**
         * @description The item's id
         * @example msg_4fYxKp0qV7mTz2WcR9uLbJd6
         */
        ItemId: string;
        /** @description More of each item; items are shown whole in any case */
        Include: string[];
        /**
         * @description The call's id
         * @example rtc_f0e1d2c3b4a5
         */
        CallId: string;
        /**
         * @description The batch's id
         * @example batch_4fYxKp0qV7mTz2WcR9uLbJd6
         */
        BatchId: string;
        /**
         * @description The batch's id
         * @example msgbatch_4fYxKp0qV7mTz2WcR9uLbJd6
         */
        MessageBatchId: string;
        /** @description Id of the previous page's last item */
        AfterId: string;
        /** @description Id of the next page's first item */
        BeforeId: string;
        /**
         * @description The prompt's id or name
         * @example support-reply
         */
        Prompt: string;
        /**
         * @description The key's id or name
         * @example key_7Qm2vX9cK4bT1nR8wZ5hY3da
         */
        Key: string;
        /**
         * @description The session's id, or what its agent calls it
         * @example session_5f0c2b9d7e314a86b1c94f20
         */
        AgentSession: string;
        /**
         * @description The message's id
         * @example wh_0Vqk3ZtP1c8mJ2hRbN5xW7yA4dGfLs9Q
         */
        WebhookDelivery: string;
        /**
         * @description The webhook's name in the configuration
         * @example app
         */
        Webhook: string;
        /**
         * @description The lesson's id
         * @example lesson_9f2c61d04b7ae583
         */
        Lesson: string;
        /**
         * @description The version's number
         * @example 3
         */
        Version: number;
        /**
         * @description The label's name
         * @example production
         */
        Label: components["schemas"]["PromptLabel"];
        /**
         * @description Number or label of the older version; by default the one before `to`
         * @example 2
         */
        From: string;
        /**
         * @description Number or label of the newer version; by default the latest
         * @example 3
         */
        To: string;
        /** @description Id of the previous page's last item */
        After: string;
        /** @description Only of the key with this id or name */
        UsageKey: string;
        /** @description Only of the session with this id or name */
        UsageSession: string;
        /** @description Only of this agent */
        UsageAgent: string;
        /** @description Only of this sub-agent */
        UsageSubagent: string;
        /** @description Only of this team */
        UsageTeam: string;
        /** @description Only of this organisation */
        UsageOrganisation: string;
        /** @description Only for this model, as clients ask for it */
        UsageModel: string;
        /** @description Only by this route */
        UsageRoute: string;
        /** @description Only from this upstream */
        UsageUpstream: string;
        /** @description Only of this operation, such as `createChatCompletion` */
        UsageOperation: string;
        /** @description Only those with this outcome */
        UsageOutcome: "completed" | "failed" | "cancelled" | "refused";
        /** @description Only those that came after this second (since the epoch) */
        CreatedAfter: number;
        /** @description Only those that came before this second (since the epoch) */
        CreatedBefore: number;
        /** @description `csv` for a table */
        UsageFormat: "json" | "csv";
        /** @description Most items in a page */
        Limit: number;
        /** @description `asc` from the oldest to the newest, `desc` the other way */
        Order: "asc" | "desc";
        /** @description `asc` from the oldest to the newest, as OpenAI does here, `desc` the other way */
        OldestFirst: "asc" | "desc";
        /** @description Deleted ones too */
        Deleted: boolean;
        /**
         * @description The ETag that the prompt must have to be changed (RFC 9110 §13.1.1); the answer is 412 if somebody else has changed it
         *     in between.
         * @example "4"
         */
        IfMatch: string;
        /**
         * @description The ETag of the prompt that the client has; the answer is 304 if it is still the same (RFC 9110 §13.1.2).
         * @example "4"
         */
        IfNoneMatch: string;
        /**
         * @description The model's name, with or without `models/` before it. Slashes in it may be escaped or not. Names such as
         *     `tunedModels/mine` stand in the place of `models/` and what follows it.
         * @example gemini-2.5-flash
         */
        GeminiModel: string;
    };
    requestBodies: never;
    headers: {
        /** @description What the cache of the route did, where it has one (RFC 9211) */
        CacheStatus: string;
        /** @description The number is an estimate of the gateway's, since neither an upstream nor a tokenizer has counted */
        Estimated: "true";
        /** @description How old an answer of the cache is, in seconds */
        Age: number;
        /**
         * @description How to authenticate (RFC 9110 §11.6.1).
         * @example Bearer
         */
        Authenticate: string;
        /**
         * @description The prompt's revision; every change of it, its versions or its labels increases it.
         * @example "4"
         */
        ETag: string;
        /**
         * @description Id and version of the prompt that was used, if the request named one.
         * @example prompt_7Qm2vX9cK4bT1nR8wZ5hY3da@3
         */
        Prompt: string;
        /**
         * @description The answer is that of an earlier request, which came with the same `Idempotency-Key`, goes on after a `Last-Event-ID`, or was
         *     sent again by an SDK: `attached` if it was still under way, `replayed` if it was over.
         * @example replayed
         */
        Replay: "attached" | "replayed";
        /**
         * @description What of the request could not be carried to an upstream whose API is another one, by the names of the neutral model:
         *     `image`, `tools.web_search`.
         * @example image, audio
         */
        Dropped: string;
        /**
         * @description With `truncation` `auto`, how many of the input's items were left out because they were too many for the model.
         * @example 12
         */
        Truncated: string;
        /**
         * @description If more than one request to upstreams was made: the targets that were asked, in order, each with its `status` or,
         *     if none came, `code` (a list of RFC 9651).
         * @example "main/qwen";status=503, "backup/qwen";status=200
         */
        Attempts: string;
        /**
         * @description The request's name in logs; the client's own `x-request-id` if it sent a valid one.
         * @example 6a1fbc10-6f4c-4c3a-9d5d-0d3d4d3a7f0e
         */
        RequestId: string;
        /**
         * @description Seconds to wait before trying again (RFC 9110 §10.2.3).
         * @example 120
         */
        RetryAfter: string;
        /**
         * @description Requests that the limit with the least left allows in its window.
         * @example 1000
         */
        LimitRequests: string;
        /**
         * @description Requests that are left of it.
         * @example 999
         */
        RemainingRequests: string;
        /**
         * @description Time until all of it is free again.
         * @example 14m59s
         */
        ResetRequests: string;
        /**
         * @description Tokens that the limit with the least left allows in its window; only if tokens are limited.
         * @example 10000
         */
        LimitTokens: string;
        /**
         * @description Tokens that are left of it, after what is reserved for this request.
         * @example 9700
         */
        RemainingTokens: string;
        /**
         * @description Time until all of it is free again.
         * @example 18s
         */
        ResetTokens: string;
        /** @description `false` if another try within a minute can only fail again; OpenAI's SDKs obey it. */
        ShouldRetry: "false";
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listStoredCompletions: {
        parameters: {
            query?: {
                /**
                 * @description Only those whose request asked for this model.
                 * @example TheBloke/Mistral-7B-Instruct-v0.2-AWQ
                 */
                model?: string;
                /** @description Only those that have all of these notes, as `metadata[team]=blue&metadata[run]=7`. */
                metadata?: components["schemas"]["MetadataFilter"];
                /** @description Only those that ended this way. */
                status?: components["schemas"]["StoredStatus"];
                /** @description `request`: return each with the whole request that it answers, messages included. */
                include?: "request";
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, as OpenAI does here, `desc` the other way */
                order?: components["parameters"]["OldestFirst"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of stored completions. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredCompletionList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createChatCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateChatCompletionRequest"];
            };
        };
        responses: {
            /** @description The completion, or with `stream` a stream of its chunks (`text/event-stream`), which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-dropped": components["headers"]["Dropped"];
                    "x-llmgw-prompt": components["headers"]["Prompt"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletion"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["PromptNotFound"];
            410: components["responses"]["AnswerNotKept"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    retrieveStoredCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The stored completion's `id`, as in its answer
                 * @example chatcmpl-4fYxKp0qV7mTz2WcR9uLbJd6sHgEa
                 */
                completion_id: components["parameters"]["CompletionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stored completion. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredCompletion"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    updateStoredCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The stored completion's `id`, as in its answer
                 * @example chatcmpl-4fYxKp0qV7mTz2WcR9uLbJd6sHgEa
                 */
                completion_id: components["parameters"]["CompletionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    metadata: components["schemas"]["Metadata"];
                };
            };
        };
        responses: {
            /** @description The stored completion with its new notes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredCompletion"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    deleteStoredCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The stored completion's `id`, as in its answer
                 * @example chatcmpl-4fYxKp0qV7mTz2WcR9uLbJd6sHgEa
                 */
                completion_id: components["parameters"]["CompletionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "chat.completion.deleted";
                        id: string;
                        /** @constant */
                        deleted: true;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listStoredCompletionMessages: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, as OpenAI does here, `desc` the other way */
                order?: components["parameters"]["OldestFirst"];
            };
            header?: never;
            path: {
                /**
                 * @description The stored completion's `id`, as in its answer
                 * @example chatcmpl-4fYxKp0qV7mTz2WcR9uLbJd6sHgEa
                 */
                completion_id: components["parameters"]["CompletionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the request's messages. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredMessageList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createMessage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateMessageRequest"];
            };
        };
        responses: {
            /** @description The message, or with `stream` a stream of its events (`text/event-stream`), which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageAnswer"];
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    countMessageTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CountTokensRequest"];
            };
        };
        responses: {
            /** @description The number of tokens. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-estimated": components["headers"]["Estimated"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCount"];
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    listBatches: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of batches. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createBatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateBatchRequest"];
            };
        };
        responses: {
            /** @description The batch, which is validated next. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    retrieveBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example batch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                batch_id: components["parameters"]["BatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    cancelBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example batch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                batch_id: components["parameters"]["BatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listMessageBatches: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after_id?: components["parameters"]["AfterId"];
                /** @description Id of the next page's first item */
                before_id?: components["parameters"]["BeforeId"];
                /** @description Most items of the page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of batches. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatchList"];
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    createMessageBatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateMessageBatchRequest"];
            };
        };
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatch"];
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    retrieveMessageBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example msgbatch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                message_batch_id: components["parameters"]["MessageBatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatch"];
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    deleteMessageBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example msgbatch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                message_batch_id: components["parameters"]["MessageBatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedMessageBatch"];
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    cancelMessageBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example msgbatch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                message_batch_id: components["parameters"]["MessageBatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatch"];
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    listMessageBatchResults: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example msgbatch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                message_batch_id: components["parameters"]["MessageBatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The results, as JSON Lines. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-jsonl": string;
                };
            };
            400: components["responses"]["MessagesRefused"];
            default: components["responses"]["MessagesFailed"];
        };
    };
    createCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateCompletionRequest"];
            };
        };
        responses: {
            /** @description The completion, or with `stream` a stream of its parts (`text/event-stream`), which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["AnswerNotKept"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    connectResponses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection is a WebSocket now. */
            101: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            426: components["responses"]["UpgradeRequired"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["UpstreamUnavailable"];
        };
    };
    createResponse: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateResponseRequest"];
            };
        };
        responses: {
            /** @description The response, or with `stream` a stream of events (`text/event-stream`), which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-truncated": components["headers"]["Truncated"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["AnswerNotKept"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    listKeptResponses: {
        parameters: {
            query?: {
                /** @description Only those whose request asked for this model. */
                model?: string;
                /** @description Only those that ended this way. */
                status?: "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";
                /** @description Only those of one thread, by the id of its first response. */
                thread?: string;
                /** @description Only those of one conversation. */
                conversation?: string;
                /** @description Id of the previous page's last item */
                after?: string;
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of responses. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptResponseList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    retrieveResponse: {
        parameters: {
            query?: {
                /** @description Its events, rather than the response */
                stream?: boolean;
                /** @description The `sequence_number` of the last event that the client has */
                starting_after?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The response's id.
                 * @example resp_68a1f0
                 */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The response, or with `stream` its events (`text/event-stream`), which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    deleteResponse: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The response's id.
                 * @example resp_68a1f0
                 */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @description response */
                        object: string;
                        /** @constant */
                        deleted: true;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    listResponseItems: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: string;
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `desc` from the newest to the oldest, as OpenAI does here, `asc` the other way */
                order?: "asc" | "desc";
            };
            header?: never;
            path: {
                /**
                 * @description The response's id.
                 * @example resp_68a1f0
                 */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the response's input. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponseItemList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    listResponseTurns: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: string;
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path: {
                /**
                 * @description The response's id.
                 * @example resp_68a1f0
                 */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of turns. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponseTurnList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    cancelResponse: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The response's id.
                 * @example resp_68a1f0
                 */
                response_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The response as it is now. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    countResponseTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateResponseRequest"];
            };
        };
        responses: {
            /** @description The number of tokens. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-estimated": components["headers"]["Estimated"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponseInputTokens"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    compactResponse: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateResponseRequest"];
            };
        };
        responses: {
            /** @description The compacted conversation. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-truncated": components["headers"]["Truncated"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CompactedResponse"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createConversation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CreateConversationRequest"];
            };
        };
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listKeptConversations: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: string;
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of conversations. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptConversationList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    retrieveConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The conversation's id
                 * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    updateConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The conversation's id
                 * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateConversationRequest"];
            };
        };
        responses: {
            /** @description The conversation with its new notes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    deleteConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The conversation's id
                 * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedConversation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listConversationItems: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
                /** @description More of each item; items are shown whole in any case */
                include?: components["parameters"]["Include"];
            };
            header?: never;
            path: {
                /**
                 * @description The conversation's id
                 * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of items. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationItemList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createConversationItems: {
        parameters: {
            query?: {
                /** @description More of each item; items are shown whole in any case */
                include?: components["parameters"]["Include"];
            };
            header?: never;
            path: {
                /**
                 * @description The conversation's id
                 * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateConversationItemsRequest"];
            };
        };
        responses: {
            /** @description The items, with their ids. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationItemList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    retrieveConversationItem: {
        parameters: {
            query?: {
                /** @description More of each item; items are shown whole in any case */
                include?: components["parameters"]["Include"];
            };
            header?: never;
            path: {
                /**
                 * @description The conversation's id
                 * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                conversation_id: components["parameters"]["ConversationId"];
                /**
                 * @description The item's id
                 * @example msg_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                item_id: components["parameters"]["ItemId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    deleteConversationItem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The conversation's id
                 * @example conv_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                conversation_id: components["parameters"]["ConversationId"];
                /**
                 * @description The item's id
                 * @example msg_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                item_id: components["parameters"]["ItemId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    createEmbedding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateEmbeddingRequest"];
            };
        };
        responses: {
            /** @description A vector for each input. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createTranscription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["CreateTranscriptionRequest"];
            };
        };
        responses: {
            /** @description The transcript, in the form that `response_format` names, or with `stream` its events (`text/event-stream`). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transcript"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createTranslation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["CreateTranslationRequest"];
            };
        };
        responses: {
            /** @description The transcript, in the form that `response_format` names, or with `stream` its events (`text/event-stream`). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transcript"];
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createSpeech: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSpeechRequest"];
            };
        };
        responses: {
            /** @description The sound, or with `stream_format` `sse` events that hold it (`text/event-stream`). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": string;
                    "application/octet-stream": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createRerank: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateRerankRequest"];
            };
        };
        responses: {
            /** @description The documents' places in the request, the most relevant first. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ranking"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createImage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateImageRequest"];
            };
        };
        responses: {
            /** @description The pictures, or with `stream` a stream of events (`text/event-stream`), which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-dropped": components["headers"]["Dropped"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["AnswerNotKept"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createImageEdit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["EditImageRequest"];
                "application/json": components["schemas"]["EditImageRequest"];
            };
        };
        responses: {
            /** @description The pictures, or with `stream` a stream of events (`text/event-stream`), which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-dropped": components["headers"]["Dropped"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["AnswerNotKept"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createImageVariation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["VaryImageRequest"];
            };
        };
        responses: {
            /** @description The pictures. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-dropped": components["headers"]["Dropped"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createModeration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateModerationRequest"];
            };
        };
        responses: {
            /** @description A judgement of each input. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModerationList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    tokenize: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenizeRequest"];
            };
        };
        responses: {
            /** @description The tokens, and how many they are. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-estimated": components["headers"]["Estimated"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    detokenize: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DetokenizeRequest"];
            };
        };
        responses: {
            /** @description The text. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DetokenizedText"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["KeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    listModels: {
        parameters: {
            query?: {
                /** @description Codex sends its version, and gets its own catalogue (`models`) */
                client_version?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    retrieveModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The model's name. Slashes in it may be escaped or not.
                 * @example TheBloke/Mistral-7B-Instruct-v0.2-AWQ
                 */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    listFiles: {
        parameters: {
            query?: {
                /** @description Only files with this purpose */
                purpose?: components["parameters"]["FilePurpose"];
                /** @description Id of the previous page's last file */
                after?: components["parameters"]["FilesAfter"];
                /** @description Most files in a page; 10000 by default, and 20 for Anthropic's clients */
                limit?: components["parameters"]["FilesLimit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
                /** @description The same, as Anthropic's clients name it */
                after_id?: components["parameters"]["FilesAfterId"];
                /** @description Id of the next page's first file, for Anthropic's clients */
                before_id?: components["parameters"]["FilesBeforeId"];
                /** @description What `next_page` of the page before says, for Anthropic's clients */
                page?: components["parameters"]["FilesPage"];
                /** @description Only these files, for Anthropic's clients */
                ids?: components["parameters"]["FilesIds"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of files. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createFile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["CreateFileRequest"];
            };
        };
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    retrieveFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The file's id
                 * @example file-4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                file_id: components["parameters"]["FileId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    deleteFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The file's id
                 * @example file-4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                file_id: components["parameters"]["FileId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedFile"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    retrieveFileContent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The file's id
                 * @example file-4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                file_id: components["parameters"]["FileId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateUploadRequest"];
            };
        };
        responses: {
            /** @description The upload. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createUploadPart: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The upload's id
                 * @example upload_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                upload_id: components["parameters"]["UploadId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["CreateUploadPartRequest"];
            };
        };
        responses: {
            /** @description The part. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadPart"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    completeUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The upload's id
                 * @example upload_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                upload_id: components["parameters"]["UploadId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompleteUploadRequest"];
            };
        };
        responses: {
            /** @description The upload, with its file. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    cancelUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The upload's id
                 * @example upload_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                upload_id: components["parameters"]["UploadId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The upload. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    listPrompts: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
                /** @description Deleted ones too */
                deleted?: components["parameters"]["Deleted"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of prompts. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createPrompt: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreatePromptRequest"];
            };
        };
        responses: {
            200: components["responses"]["Prompt"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["NameTaken"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    retrievePrompt: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of the prompt that the client has; the answer is 304 if it is still the same (RFC 9110 §13.1.2).
                 * @example "4"
                 */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Prompt"];
            /** @description It is as it was (`If-None-Match`). */
            304: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    updatePrompt: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag that the prompt must have to be changed (RFC 9110 §13.1.1); the answer is 412 if somebody else has changed it
                 *     in between.
                 * @example "4"
                 */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdatePromptRequest"];
            };
        };
        responses: {
            200: components["responses"]["Prompt"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NameTaken"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    deletePrompt: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag that the prompt must have to be changed (RFC 9110 §13.1.1); the answer is 412 if somebody else has changed it
                 *     in between.
                 * @example "4"
                 */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptDeleted"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    restorePrompt: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag that the prompt must have to be changed (RFC 9110 §13.1.1); the answer is 412 if somebody else has changed it
                 *     in between.
                 * @example "4"
                 */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Prompt"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NameTaken"];
            412: components["responses"]["Changed"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listPromptVersions: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of versions. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptVersionList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createPromptVersion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag that the prompt must have to be changed (RFC 9110 §13.1.1); the answer is 412 if somebody else has changed it
                 *     in between.
                 * @example "4"
                 */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreatePromptVersionRequest"];
            };
        };
        responses: {
            /** @description The version. The ETag is the prompt's new one; it is sent only if `If-Match` was given. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    etag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptVersion"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    retrievePromptVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
                /**
                 * @description The version's number
                 * @example 3
                 */
                version: components["parameters"]["Version"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["PromptVersion"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    diffPromptVersions: {
        parameters: {
            query?: {
                /**
                 * @description Number or label of the older version; by default the one before `to`
                 * @example 2
                 */
                from?: components["parameters"]["From"];
                /**
                 * @description Number or label of the newer version; by default the latest
                 * @example 3
                 */
                to?: components["parameters"]["To"];
            };
            header?: never;
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The differences. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptDiff"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    setPromptLabel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag that the prompt must have to be changed (RFC 9110 §13.1.1); the answer is 412 if somebody else has changed it
                 *     in between.
                 * @example "4"
                 */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
                /**
                 * @description The label's name
                 * @example production
                 */
                label: components["parameters"]["Label"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetPromptLabelRequest"];
            };
        };
        responses: {
            200: components["responses"]["Prompt"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    deletePromptLabel: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag that the prompt must have to be changed (RFC 9110 §13.1.1); the answer is 412 if somebody else has changed it
                 *     in between.
                 * @example "4"
                 */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
                /**
                 * @description The label's name
                 * @example production
                 */
                label: components["parameters"]["Label"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Prompt"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["Changed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    renderPrompt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The prompt's id or name
                 * @example support-reply
                 */
                prompt: components["parameters"]["Prompt"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenderPromptRequest"];
            };
        };
        responses: {
            /** @description The messages and parameters. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptRendering"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The gateway was started with `--metrics false`. */
            404: components["responses"]["NotFound"];
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKeyRequest"];
            };
        };
        responses: {
            /** @description The key, with its secret. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            409: components["responses"]["KeyNameTaken"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    retrieveKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The key's id or name
                 * @example key_7Qm2vX9cK4bT1nR8wZ5hY3da
                 */
                key: components["parameters"]["Key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    updateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The key's id or name
                 * @example key_7Qm2vX9cK4bT1nR8wZ5hY3da
                 */
                key: components["parameters"]["Key"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateKeyRequest"];
            };
        };
        responses: {
            /** @description The key as it is now. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["KeyNameTaken"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The key's id or name
                 * @example key_7Qm2vX9cK4bT1nR8wZ5hY3da
                 */
                key: components["parameters"]["Key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key, revoked. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description The key, revoked in this gateway, with `unwritten`, since the store does not have the change yet. */
            202: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The key's id or name
                 * @example key_7Qm2vX9cK4bT1nR8wZ5hY3da
                 */
                key: components["parameters"]["Key"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateKeyRequest"];
            };
        };
        responses: {
            /** @description The key, with its new secret. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the audit. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    showCache: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Their number and size. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnswerCache"];
                };
            };
            401: components["responses"]["NoAdministrator"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    clearCache: {
        parameters: {
            query?: {
                /** @description As it was asked for */
                model?: string;
                /** @description Id or name of the key that had them made */
                key?: string;
                /** @description One of those that the request had in `x-llmgw-cache-tag`, or that a plugin gave it (`name=value`) */
                tag?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are removed. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnswerCacheCleared"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listLessons: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All lessons in force. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LessonList"];
                };
            };
            401: components["responses"]["NoAdministrator"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
        };
    };
    forgetLessons: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lessons that were forgotten. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LessonList"];
                };
            };
            401: components["responses"]["NoAdministrator"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
        };
    };
    forgetLesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The lesson's id
                 * @example lesson_9f2c61d04b7ae583
                 */
                lesson: components["parameters"]["Lesson"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lesson that was forgotten. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LessonList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
        };
    };
    createSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "link": "llmw-pass-eyJraW5kIjoibGluayJ9.c2lnbmVk"
                 *     }
                 */
                "application/json": components["schemas"]["CreateSessionRequest"];
            };
        };
        responses: {
            /** @description The session; its credential is an administrator's. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
                /** @description Only those in this state */
                state?: "waiting" | "delivered" | "given_up";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    retryWebhookDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The message's id
                 * @example wh_0Vqk3ZtP1c8mJ2hRbN5xW7yA4dGfLs9Q
                 */
                delivery: components["parameters"]["WebhookDelivery"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The webhook's name in the configuration
                 * @example app
                 */
                webhook: components["parameters"]["Webhook"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it went. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTest"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
        };
    };
    listAllBatches: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of batches. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayBatchList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    retrieveAnyBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example batch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                batch_id: components["parameters"]["BatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayBatch"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    cancelAnyBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The batch's id
                 * @example batch_4fYxKp0qV7mTz2WcR9uLbJd6
                 */
                batch_id: components["parameters"]["BatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayBatch"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    listAgentSessions: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
                /** @description Only of the key with this id or name */
                key?: components["parameters"]["UsageKey"];
                /** @description Only of this agent */
                agent?: components["parameters"]["UsageAgent"];
                /** @description Only those with requests under way; with `false` only those without */
                active?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    retrieveAgentSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The session's id, or what its agent calls it
                 * @example session_5f0c2b9d7e314a86b1c94f20
                 */
                session: components["parameters"]["AgentSession"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SessionAmbiguous"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    stopAgentSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The session's id, or what its agent calls it
                 * @example session_5f0c2b9d7e314a86b1c94f20
                 */
                session: components["parameters"]["AgentSession"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "for_seconds": 600,
                 *       "reason": "It deletes the wrong files."
                 *     }
                 */
                "application/json": components["schemas"]["StopAgentSessionRequest"];
            };
        };
        responses: {
            /** @description The session, which is stopped. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSession"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SessionAmbiguous"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    resumeAgentSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The session's id, or what its agent calls it
                 * @example session_5f0c2b9d7e314a86b1c94f20
                 */
                session: components["parameters"]["AgentSession"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session, which may go on. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSession"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SessionAmbiguous"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
            507: components["responses"]["StoreFull"];
        };
    };
    getOverview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The overview. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            401: components["responses"]["NoAdministrator"];
            /** @description The gateway was started with `--metrics false`. */
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
        };
    };
    listCatalogue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogueList"];
                };
            };
            401: components["responses"]["NoAdministrator"];
            500: components["responses"]["Failed"];
        };
    };
    listRequests: {
        parameters: {
            query?: {
                /** @description Id of the previous page's last item */
                after?: components["parameters"]["After"];
                /** @description Most items in a page */
                limit?: components["parameters"]["Limit"];
                /** @description `asc` from the oldest to the newest, `desc` the other way */
                order?: components["parameters"]["Order"];
                /** @description Only of the key with this id or name */
                key?: components["parameters"]["UsageKey"];
                /** @description Only of this team */
                team?: components["parameters"]["UsageTeam"];
                /** @description Only of this organisation */
                organisation?: components["parameters"]["UsageOrganisation"];
                /** @description Only for this model, as clients ask for it */
                model?: components["parameters"]["UsageModel"];
                /** @description Only by this route */
                route?: components["parameters"]["UsageRoute"];
                /** @description Only from this upstream */
                upstream?: components["parameters"]["UsageUpstream"];
                /** @description Only of this operation, such as `createChatCompletion` */
                operation?: components["parameters"]["UsageOperation"];
                /** @description Only of the session with this id or name */
                session?: components["parameters"]["UsageSession"];
                /** @description Only of this agent */
                agent?: components["parameters"]["UsageAgent"];
                /** @description Only of this sub-agent */
                subagent?: components["parameters"]["UsageSubagent"];
                /** @description Only those with this outcome */
                outcome?: components["parameters"]["UsageOutcome"];
                /** @description Only the one with this id, as `x-request-id` gave it */
                request_id?: string;
                /** @description Only those that came after this second (since the epoch) */
                created_after?: components["parameters"]["CreatedAfter"];
                /** @description Only those that came before this second (since the epoch) */
                created_before?: components["parameters"]["CreatedBefore"];
                /** @description `csv` for a table */
                format?: components["parameters"]["UsageFormat"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of requests. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestList"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NoAdministrator"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    getUsage: {
        parameters: {
            query?: {
                /** @description Seconds since the epoch; the first bucket is the one that holds it (default so that one page holds the newest) */
                start_time?: number;
                /** @description Seconds since the epoch, exclusive (default now) */
                end_time?: number;
                /** @description By the minute (as far back as `--usage-max-age`), the hour or the day */
                bucket_width?: "1m" | "1h" | "1d";
                /**
                 * @description What results are grouped by: `key`, `team`, `organisation`, `model`, `route`, `upstream`, `operation`, `session`,
                 *     `agent`, `subagent`, and one `tag:NAME` of those that `--usage-tag` names; several with commas or repeated. By a
                 *     tag, a session or an agent, requests without it are left out. Sums by session and agent are kept for
                 *     `--usage-max-age`, and know no tags
                 * @example [
                 *       "model"
                 *     ]
                 */
                group_by?: string[];
                /** @description Most buckets in a page (default 60 minutes, 24 hours or 7 days) */
                limit?: number;
                /** @description The `next_page` of the previous page */
                page?: string;
                /** @description Only of the key with this id or name */
                key?: components["parameters"]["UsageKey"];
                /** @description Only of this team */
                team?: components["parameters"]["UsageTeam"];
                /** @description Only of this organisation */
                organisation?: components["parameters"]["UsageOrganisation"];
                /** @description Only for this model, as clients ask for it */
                model?: components["parameters"]["UsageModel"];
                /** @description Only by this route */
                route?: components["parameters"]["UsageRoute"];
                /** @description Only from this upstream */
                upstream?: components["parameters"]["UsageUpstream"];
                /** @description Only of this operation, such as `createChatCompletion` */
                operation?: components["parameters"]["UsageOperation"];
                /** @description Only of the session with this id or name */
                session?: components["parameters"]["UsageSession"];
                /** @description Only of this agent */
                agent?: components["parameters"]["UsageAgent"];
                /** @description Only of this sub-agent */
                subagent?: components["parameters"]["UsageSubagent"];
                /** @description `csv` for a table */
                format?: components["parameters"]["UsageFormat"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of buckets, from the oldest to the newest. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsagePage"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    getGreeting: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The greeting. Paths that this gateway does not have are left out. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        name: "llmw";
                        /**
                         * @description The gateway's version
                         * @example 0.1.0
                         */
                        version: string;
                        description?: string;
                        /** @description Path of chat completions, for POST */
                        chat?: string;
                        /** @description Path of the list of models */
                        models?: string;
                        /** @description Path of the API reference, a page */
                        docs?: string;
                        /** @description Path of the contract in force */
                        openapi?: string;
                        /** @description Path of the dashboard, a page; missing with `--no-ui` */
                        dashboard?: string;
                        /** @description Path for liveness probes */
                        health?: string;
                        /** @description Path for readiness probes */
                        readiness?: string;
                    };
                    "text/plain": string;
                    "text/html": string;
                };
            };
            500: components["responses"]["Failed"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                        /** @description Process id of the worker that answered */
                        worker: number;
                        /** @description Seconds since it started */
                        uptime: number;
                    };
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They can. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ready";
                        /**
                         * @description At least one upstream can be used.
                         * @constant
                         */
                        upstream: "ok";
                        /** @description Each upstream by its name. */
                        upstreams: {
                            [key: string]: {
                                /**
                                 * @description `down` is the result of its health check; without one it is asked now.
                                 * @enum {unknown}
                                 */
                                status: "ok" | "unreachable" | "down";
                                /**
                                 * @description `open` while it fails: requests go elsewhere for a while, if they can. Then, `half_open`, one request is sent to see whether it works again. Its models have breakers of their own, which do not make the gateway unready.
                                 * @enum {unknown}
                                 */
                                breaker: "closed" | "open" | "half_open";
                            };
                        };
                    };
                };
            };
            /** @description The gateway is stopping, or no upstream can be used; the message says why. */
            503: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "retry-after": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorResponse"];
                };
            };
        };
    };
    getOpenApiJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    };
                };
            };
            500: components["responses"]["Failed"];
        };
    };
    getOpenApiYaml: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            500: components["responses"]["Failed"];
        };
    };
    connectRealtime: {
        parameters: {
            query?: {
                /** @description The model of the session; without it that of the client secret's */
                model?: string;
                /** @description The call that the connection is for, in place of a session of its own. It uses nothing that the call doesn't count. */
                call_id?: string;
                /** @description What Azure's clients call the model */
                deployment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session is open. */
            101: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            426: components["responses"]["UpgradeRequired"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    createRealtimeClientSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateRealtimeClientSecretRequest"];
            };
        };
        responses: {
            /** @description The secret, and the session that it opens. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RealtimeClientSecret"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["UpstreamUnavailable"];
        };
    };
    createRealtimeSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateRealtimeSessionRequest"];
            };
        };
        responses: {
            /** @description The session, with the secret that opens it. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RealtimeSession"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["UpstreamUnavailable"];
        };
    };
    createRealtimeTranscriptionSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateRealtimeTranscriptionSessionRequest"];
            };
        };
        responses: {
            /** @description The session, with the secret that opens it. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RealtimeSession"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            503: components["responses"]["UpstreamUnavailable"];
        };
    };
    createRealtimeCall: {
        parameters: {
            query?: {
                /** @description The model of the session; without it that of the form's session, or of the client secret's */
                model?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["CreateRealtimeCallRequest"];
                /** @example v=0 */
                "application/sdp": string;
            };
        };
        responses: {
            /** @description The upstream's answer (SDP). */
            201: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the call is, such as `/v1/realtime/calls/rtc_abc` */
                    location?: string;
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/sdp": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    acceptRealtimeCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The call's id
                 * @example rtc_f0e1d2c3b4a5
                 */
                call_id: components["parameters"]["CallId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptRealtimeCallRequest"];
            };
        };
        responses: {
            /** @description The upstream has done so. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["LimitReached"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            507: components["responses"]["StoreFull"];
            default: components["responses"]["UpstreamError"];
        };
    };
    rejectRealtimeCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The call's id
                 * @example rtc_f0e1d2c3b4a5
                 */
                call_id: components["parameters"]["CallId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RejectRealtimeCallRequest"];
            };
        };
        responses: {
            /** @description The upstream has done so. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    referRealtimeCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The call's id
                 * @example rtc_f0e1d2c3b4a5
                 */
                call_id: components["parameters"]["CallId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReferRealtimeCallRequest"];
            };
        };
        responses: {
            /** @description The upstream has done so. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    hangUpRealtimeCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The call's id
                 * @example rtc_f0e1d2c3b4a5
                 */
                call_id: components["parameters"]["CallId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The upstream has done so. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Failed"];
            502: components["responses"]["UpstreamFailed"];
            503: components["responses"]["UpstreamUnavailable"];
            504: components["responses"]["UpstreamTimedOut"];
            default: components["responses"]["UpstreamError"];
        };
    };
    connectGeminiLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection is open, and waits for the setup. */
            101: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    listGeminiModels: {
        parameters: {
            query?: {
                /** @description How many models to show; 50 without it. */
                pageSize?: number;
                /** @description The `nextPageToken` of the page before. */
                pageToken?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiModels"];
                };
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    retrieveGeminiModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The model's name, with or without `models/` before it. Slashes in it may be escaped or not. Names such as
                 *     `tunedModels/mine` stand in the place of `models/` and what follows it.
                 * @example gemini-2.5-flash
                 */
                model: components["parameters"]["GeminiModel"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiModel"];
                };
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    generateContent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The model's name, with or without `models/` before it. Slashes in it may be escaped or not. Names such as
                 *     `tunedModels/mine` stand in the place of `models/` and what follows it.
                 * @example gemini-2.5-flash
                 */
                model: components["parameters"]["GeminiModel"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateContentRequest"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerateContentAnswer"];
                };
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    streamGenerateContent: {
        parameters: {
            query?: {
                /** @description `sse` for a stream of events */
                alt?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The model's name, with or without `models/` before it. Slashes in it may be escaped or not. Names such as
                 *     `tunedModels/mine` stand in the place of `models/` and what follows it.
                 * @example gemini-2.5-flash
                 */
                model: components["parameters"]["GeminiModel"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateContentRequest"];
            };
        };
        responses: {
            /** @description The answer as it comes, in a stream of events (`text/event-stream`), which `x-event-stream` describes, or in a list. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerateContentStream"];
                };
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    countContentTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The model's name, with or without `models/` before it. Slashes in it may be escaped or not. Names such as
                 *     `tunedModels/mine` stand in the place of `models/` and what follows it.
                 * @example gemini-2.5-flash
                 */
                model: components["parameters"]["GeminiModel"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CountContentTokensRequest"];
            };
        };
        responses: {
            /** @description The number of tokens. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    "x-llmgw-estimated": components["headers"]["Estimated"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContentTokenCount"];
                };
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    embedContent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The model's name, with or without `models/` before it. Slashes in it may be escaped or not. Names such as
                 *     `tunedModels/mine` stand in the place of `models/` and what follows it.
                 * @example gemini-2.5-flash
                 */
                model: components["parameters"]["GeminiModel"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmbedContentRequest"];
            };
        };
        responses: {
            /** @description The vector. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContentEmbedding"];
                };
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    batchEmbedContents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The model's name, with or without `models/` before it. Slashes in it may be escaped or not. Names such as
                 *     `tunedModels/mine` stand in the place of `models/` and what follows it.
                 * @example gemini-2.5-flash
                 */
                model: components["parameters"]["GeminiModel"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchEmbedContentsRequest"];
            };
        };
        responses: {
            /** @description The vectors. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContentEmbeddings"];
                };
            };
            400: components["responses"]["GeminiRefused"];
            default: components["responses"]["GeminiFailed"];
        };
    };
    getHello: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        message: "hello";
                    };
                };
            };
        };
    };
    createOllamaChat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaChatRequest"];
            };
        };
        responses: {
            /** @description The answer, or its lines as they come, which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaChat"];
                };
            };
            400: components["responses"]["OllamaRefused"];
            default: components["responses"]["OllamaFailed"];
        };
    };
    createOllamaGeneration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaGenerateRequest"];
            };
        };
        responses: {
            /** @description The answer, or its lines as they come, which `x-event-stream` describes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaGeneration"];
                };
            };
            400: components["responses"]["OllamaRefused"];
            default: components["responses"]["OllamaFailed"];
        };
    };
    createOllamaEmbeddings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaEmbedRequest"];
            };
        };
        responses: {
            /** @description The vectors, in the order of the texts. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaEmbeddings"];
                };
            };
            400: components["responses"]["OllamaRefused"];
            default: components["responses"]["OllamaFailed"];
        };
    };
    createOllamaEmbedding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaEmbeddingRequest"];
            };
        };
        responses: {
            /** @description The vector. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    "x-ratelimit-limit-tokens": components["headers"]["LimitTokens"];
                    "x-ratelimit-remaining-tokens": components["headers"]["RemainingTokens"];
                    "x-ratelimit-reset-tokens": components["headers"]["ResetTokens"];
                    "x-llmgw-replay": components["headers"]["Replay"];
                    "cache-status": components["headers"]["CacheStatus"];
                    age: components["headers"]["Age"];
                    "x-llmgw-attempts": components["headers"]["Attempts"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaEmbedding"];
                };
            };
            400: components["responses"]["OllamaRefused"];
            default: components["responses"]["OllamaFailed"];
        };
    };
    listOllamaModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaModels"];
                };
            };
            default: components["responses"]["OllamaFailed"];
        };
    };
    showOllamaModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaShowRequest"];
            };
        };
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaModelDetails"];
                };
            };
            400: components["responses"]["OllamaRefused"];
            default: components["responses"]["OllamaFailed"];
        };
    };
    listRunningOllamaModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    "x-ratelimit-limit-requests": components["headers"]["LimitRequests"];
                    "x-ratelimit-remaining-requests": components["headers"]["RemainingRequests"];
                    "x-ratelimit-reset-requests": components["headers"]["ResetRequests"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaModels"];
                };
            };
            default: components["responses"]["OllamaFailed"];
        };
    };
    getOllamaVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaVersion"];
                };
            };
        };
    };
}
