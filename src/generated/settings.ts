// Written by `npm run generate` from settings.yaml. Changes belong there.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description A setting `idleTimeout` is the flag `--idle-timeout` and the environment variable `LLMW_IDLE_TIMEOUT`; its
         *     description is the flag's help.
         */
        Settings: {
            /**
             * @description IP address to bind the server to
             * @default 127.0.0.1
             */
            bindip: string;
            /**
             * @description Port to bind the server to; 0 takes a free one
             * @default 42069
             */
            bindport: number;
            /** @description Configuration file with upstreams and routes */
            config?: string;
            /**
             * @description Upstream: a host name, an IP address, or a whole URL with base path
             * @default 10.0.0.1
             */
            aihost: string;
            /**
             * @description The upstream's port; 443 means https unless a URL says otherwise, any other http
             * @default 443
             */
            aihostport: number;
            /**
             * @description Log requests and the models' answers in detail
             * @default false
             */
            verbose: boolean;
            /** @description Worker processes (default one per core) */
            workers?: number;
            /** @description Credential for the upstream; without it the client's own Authorization is forwarded */
            aikey?: string;
            /** @description PEM file with certificates to trust for the upstream */
            cacert?: string;
            /**
             * @description Do not verify the upstream's certificate
             * @default false
             */
            insecure: boolean;
            /** @description Contract that comes with llmw instead of its default one: openai, strict-openai or no-rate-limit; repeatable */
            contract?: ("openai" | "strict-openai" | "no-rate-limit")[];
            /** @description Overlay file for the contract; repeatable */
            overlay?: string[];
            /** @description Plugin file or package, FILE or FILE={"option": …}; repeatable */
            plugin?: string[];
            /**
             * @description Longest wait for the upstream's first byte
             * @default 600s
             */
            timeout: string;
            /**
             * @description Longest silence between two chunks, and longest wait for a client that does not read
             * @default 120s
             */
            idleTimeout: string;
            /**
             * @description Silence after which a stream's client is sent a comment, so that nothing in between closes the connection; 0 for never
             * @default 15s
             */
            heartbeat: string;
            /**
             * @description Longest wait for a connection to the upstream
             * @default 10s
             */
            connectTimeout: string;
            /**
             * @description Longest time a client may take to send its request
             * @default 60s
             */
            requestTimeout: string;
            /**
             * @description Largest request body
             * @default 32mb
             */
            maxBody: string;
            /** @description Most bytes of request bodies in flight, all workers together (default an eighth of the available memory) */
            bodyBudget?: string;
            /**
             * @description Largest header section of a request
             * @default 16kb
             */
            maxHeaderSize: string;
            /**
             * @description Most header fields of a request
             * @default 100
             */
            maxHeaders: number;
            /**
             * @description Most client connections per worker; fewer if the limit of open files is low
             * @default 10000
             */
            maxConnections: number;
            /**
             * @description Number of trusted proxies in front, whose x-forwarded-for is believed
             * @default 0
             */
            trustProxy: number;
            /** @description Origin whose pages may call from a browser, * for any; repeatable */
            corsOrigin?: string[];
            /** @description Host name besides localhost that a gateway without keys answers to, as with a proxy in front, * for any; repeatable */
            allowedHost?: string[];
            /**
             * @description Without keys, let users of this machine read what administrators see, without a credential
             * @default false
             */
            localAdmin: boolean;
            /**
             * @description Time to go on serving before stopping, while /readyz already says no
             * @default 0s
             */
            drainDelay: string;
            /**
             * @description Longest wait for requests in flight when stopping
             * @default 30s
             */
            drainTimeout: string;
            /** @description Folder of the embedded store (default your data folder, such as ~/.local/share/llmgw) */
            data?: string;
            /** @description PostgreSQL to store in instead, which several machines can share; postgres://USER:PASSWORD@HOST/DATABASE */
            store?: string;
            /**
             * @description Store every chat completion, even if its request doesn't ask for it
             * @default false
             */
            storeAll: boolean;
            /** @description Age at which stored completions are removed (default never) */
            storeMaxAge?: string;
            /** @description Most completions to keep stored; the oldest are removed (default no limit) */
            storeMaxCount?: number;
            /**
             * @description Count requests, tokens and more, for Prometheus at /metrics
             * @default true
             */
            metrics: boolean;
            /**
             * @description Serve the dashboard at /ui
             * @default true
             */
            ui: boolean;
            /**
             * @description Record each request's tokens and cost
             * @default true
             */
            usage: boolean;
            /**
             * @description Age at which records of single requests are removed; sums stay
             * @default 30d
             */
            usageMaxAge: string;
            /** @description Name of a member of requests' metadata, or of a plugin's tag, to group usage by; repeatable */
            usageTag?: string[];
            /**
             * @description text for people, or json: one line of JSON for each request and each message
             * @default text
             * @enum {string}
             */
            logFormat: "text" | "json";
            /**
             * @description Lowest level that is logged: error, warn, info or debug
             * @default info
             * @enum {string}
             */
            logLevel: "error" | "warn" | "info" | "debug";
            /**
             * @description Refuse requests without a key even while no key exists, and print an administrator's credential once
             * @default false
             */
            requireKeys: boolean;
            /** @description Credential for the administration of keys; better given as the variable, which other users can't see */
            adminKey?: string;
            /**
             * @description Most requests that wait for one limit, if requests may wait; more are refused
             * @default 1000
             */
            limitQueue: number;
            /** @description Redis or Valkey to count limits in, which several machines can share; redis://USER:PASSWORD@HOST:6379/0 */
            redis?: string;
            /**
             * @description While Redis is away, requests pass uncounted (open), or are refused (closed)
             * @default open
             * @enum {string}
             */
            redisFailure: "open" | "closed";
        };
        /**
         * @description The file that `llmw --config` names. Flags and environment variables win over it. Any text in it may contain `${NAME}`,
         *     an environment variable's value; `$${` is `${`. Relative paths start at the file's own folder.
         */
        ConfigFile: {
            /** @description Upstreams by name. They replace --aihost, --aihostport, --aikey, --cacert and --insecure */
            upstreams?: {
                [key: string]: components["schemas"]["UpstreamConfig"];
            };
            /** @description Which requests go where. An exact name wins, else the first route whose pattern matches */
            routes?: components["schemas"]["RouteConfig"][];
            defaults?: components["schemas"]["DefaultsConfig"];
            /**
             * @description IP address to bind the server to
             * @default 127.0.0.1
             */
            bindip?: string;
            /**
             * @description Port to bind the server to; 0 takes a free one
             * @default 42069
             */
            bindport?: number;
            /**
             * @description Log requests and the models' answers in detail
             * @default false
             */
            verbose?: boolean;
            /** @description Worker processes (default one per core) */
            workers?: number;
            /** @description Contract that comes with llmw instead of its default one: openai, strict-openai or no-rate-limit; repeatable */
            contract?: ("openai" | "strict-openai" | "no-rate-limit")[];
            /** @description Overlay file for the contract; repeatable */
            overlay?: string[];
            /** @description Plugin file or package, FILE or FILE={"option": …}; repeatable */
            plugin?: string[];
            /**
             * @description Longest wait for the upstream's first byte
             * @default 600s
             */
            timeout?: string;
            /**
             * @description Longest silence between two chunks, and longest wait for a client that does not read
             * @default 120s
             */
            idleTimeout?: string;
            /**
             * @description Silence after which a stream's client is sent a comment, so that nothing in between closes the connection; 0 for never
             * @default 15s
             */
            heartbeat?: string;
            /**
             * @description Longest wait for a connection to the upstream
             * @default 10s
             */
            connectTimeout?: string;
            /**
             * @description Longest time a client may take to send its request
             * @default 60s
             */
            requestTimeout?: string;
            /**
             * @description Largest request body
             * @default 32mb
             */
            maxBody?: string;
            /** @description Most bytes of request bodies in flight, all workers together (default an eighth of the available memory) */
            bodyBudget?: string;
            /**
             * @description Largest header section of a request
             * @default 16kb
             */
            maxHeaderSize?: string;
            /**
             * @description Most header fields of a request
             * @default 100
             */
            maxHeaders?: number;
            /**
             * @description Most client connections per worker; fewer if the limit of open files is low
             * @default 10000
             */
            maxConnections?: number;
            /**
             * @description Number of trusted proxies in front, whose x-forwarded-for is believed
             * @default 0
             */
            trustProxy?: number;
            /** @description Origin whose pages may call from a browser, * for any; repeatable */
            corsOrigin?: string[];
            /** @description Host name besides localhost that a gateway without keys answers to, as with a proxy in front, * for any; repeatable */
            allowedHost?: string[];
            /**
             * @description Without keys, let users of this machine read what administrators see, without a credential
             * @default false
             */
            localAdmin?: boolean;
            /**
             * @description Time to go on serving before stopping, while /readyz already says no
             * @default 0s
             */
            drainDelay?: string;
            /**
             * @description Longest wait for requests in flight when stopping
             * @default 30s
             */
            drainTimeout?: string;
            /** @description Folder of the embedded store (default your data folder, such as ~/.local/share/llmgw) */
            data?: string;
            store?: components["schemas"]["ConfigSecret"];
            /**
             * @description Store every chat completion, even if its request doesn't ask for it
             * @default false
             */
            storeAll?: boolean;
            /** @description Age at which stored completions are removed (default never) */
            storeMaxAge?: string;
            /** @description Most completions to keep stored; the oldest are removed (default no limit) */
            storeMaxCount?: number;
            /**
             * @description Count requests, tokens and more, for Prometheus at /metrics
             * @default true
             */
            metrics?: boolean;
            /**
             * @description Serve the dashboard at /ui
             * @default true
             */
            ui?: boolean;
            /**
             * @description Record each request's tokens and cost
             * @default true
             */
            usage?: boolean;
            /**
             * @description Age at which records of single requests are removed; sums stay
             * @default 30d
             */
            usageMaxAge?: string;
            /** @description Name of a member of requests' metadata, or of a plugin's tag, to group usage by; repeatable */
            usageTag?: string[];
            /**
             * @description text for people, or json: one line of JSON for each request and each message
             * @default text
             * @enum {string}
             */
            logFormat?: "text" | "json";
            /**
             * @description Lowest level that is logged: error, warn, info or debug
             * @default info
             * @enum {string}
             */
            logLevel?: "error" | "warn" | "info" | "debug";
            /**
             * @description Refuse requests without a key even while no key exists, and print an administrator's credential once
             * @default false
             */
            requireKeys?: boolean;
            adminKey?: components["schemas"]["ConfigSecret"];
            /**
             * @description Most requests that wait for one limit, if requests may wait; more are refused
             * @default 1000
             */
            limitQueue?: number;
            redis?: components["schemas"]["ConfigSecret"];
            /**
             * @description While Redis is away, requests pass uncounted (open), or are refused (closed)
             * @default open
             * @enum {string}
             */
            redisFailure?: "open" | "closed";
            auth?: components["schemas"]["AuthConfig"];
            /** @description Prices of models' tokens, before any price list; of several entries an exact name wins, else the first */
            prices?: components["schemas"]["PriceConfig"][];
            limits?: components["schemas"]["AllLimitsConfig"];
        };
        /** @description Who may use how much. All limits that apply to a request must hold */
        AllLimitsConfig: {
            /** @description For each key and each token that has no limits of its own, member by member */
            keys?: components["schemas"]["LimitsConfig"];
            /** @description For each address without a key, while keys are not needed */
            clients?: components["schemas"]["LimitsConfig"];
            /** @description By a team's name; `*` is for each team that isn't named */
            teams?: components["schemas"]["NamedLimitsConfig"];
            /** @description By an organisation's name; `*` is for each one that isn't named */
            organisations?: components["schemas"]["NamedLimitsConfig"];
            /** @description By the requested model, or a pattern with `*`, whose models are counted together */
            models?: components["schemas"]["NamedLimitsConfig"];
            /**
             * @description What happens to a stream that gets longer than was reserved for it, when a limit is used up
             * @default finish
             * @enum {unknown}
             */
            onExceeded?: "finish" | "cut";
            queue?: components["schemas"]["LimitQueueConfig"];
        };
        NamedLimitsConfig: {
            [key: string]: components["schemas"]["LimitsConfig"];
        };
        /** @description Any 60 seconds are a minute; days and months are those of the calendar in UTC. Budgets are in US dollars */
        LimitsConfig: {
            requestsPerMinute?: components["schemas"]["LimitConfig"];
            requestsPerDay?: components["schemas"]["LimitConfig"];
            /** @description Prompts and answers together */
            tokensPerMinute?: components["schemas"]["LimitConfig"];
            /** @description Prompts and answers together */
            tokensPerDay?: components["schemas"]["LimitConfig"];
            /** @description In flight at a time */
            concurrentRequests?: components["schemas"]["LimitConfig"];
            budgetPerDay?: components["schemas"]["BudgetConfig"];
            budgetPerMonth?: components["schemas"]["BudgetConfig"];
        };
        /** @description For all requests to this upstream; when one is used up, the next target is asked */
        UpstreamLimitsConfig: {
            requestsPerMinute?: components["schemas"]["LimitConfig"];
            requestsPerDay?: components["schemas"]["LimitConfig"];
            tokensPerMinute?: components["schemas"]["LimitConfig"];
            tokensPerDay?: components["schemas"]["LimitConfig"];
        };
        LimitConfig: number;
        BudgetConfig: number;
        /** @description Requests over a limit wait for it instead of being refused */
        LimitQueueConfig: {
            /** @description Longest wait; a request that would have to wait longer is refused at once */
            maxWait: components["schemas"]["ConfigDuration"];
        };
        /** @description Dollars for a million tokens of some models, at any upstream */
        PriceConfig: {
            /** @description As the upstream calls it */
            model: components["schemas"]["PatternsConfig"];
            input: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that the upstream had in its cache (default as input) */
            cached?: components["schemas"]["ConfigPrice"];
            /** @description Recordings in the input (default as input) */
            audioInput?: components["schemas"]["ConfigPrice"];
            output: components["schemas"]["ConfigPrice"];
            /** @description Reasoning in the output (default as output) */
            reasoning?: components["schemas"]["ConfigPrice"];
            /** @description Speech in the output (default as output) */
            audioOutput?: components["schemas"]["ConfigPrice"];
        };
        /**
         * @description Whether the upstream is asked (`stream_options`) to count the tokens of streams where clients don't: `ask` at the end,
         *     `continuous` with each piece as vLLM and SGLang can, which makes streams that are cut exact, or `never`
         * @default ask
         * @enum {string}
         */
        UpstreamUsageConfig: "ask" | "continuous" | "never";
        /**
         * @description Whose prices apply to this upstream, of those that @pydantic/genai-prices knows (default the one that its URL belongs to,
         *     if any)
         * @enum {string}
         */
        PriceListConfig: "anthropic" | "arcee" | "avian" | "aws" | "azure" | "baseten" | "cerebras" | "cloudflare" | "cohere" | "cursor" | "deepseek" | "doubleword" | "fireworks" | "github-copilot" | "google" | "groq" | "huggingface_cerebras" | "huggingface_fireworks-ai" | "huggingface_groq" | "huggingface_hyperbolic" | "huggingface_nebius" | "huggingface_novita" | "huggingface_nscale" | "huggingface_ovhcloud" | "huggingface_publicai" | "huggingface_sambanova" | "huggingface_together" | "minimax" | "mistral" | "modal" | "moonshotai" | "novita" | "openai" | "openrouter" | "ovhcloud" | "perplexity" | "quicksilverpro" | "together" | "typesafe" | "voyageai" | "x-ai" | "zai" | "zhipuai";
        /** @description Tokens (JWT) of an identity provider, accepted as keys */
        AuthConfig: {
            /** @description The tokens' `iss`; https, or http on this machine */
            issuer: string;
            /** @description One of these must be in the tokens' `aud` */
            audience: components["schemas"]["PatternsConfig"];
            /** @description URL of the issuer's keys (default from its discovery document) */
            jwksUrl?: string;
            claims?: components["schemas"]["AuthClaimsConfig"];
        };
        /** @description Names of the claims that identify the caller; dots lead to members of members */
        AuthClaimsConfig: {
            owner?: components["schemas"]["ClaimConfig"];
            team?: components["schemas"]["ClaimConfig"];
            organisation?: components["schemas"]["ClaimConfig"];
            models?: components["schemas"]["ClaimConfig"];
            /** @description Holds an object such as a key's `limits` */
            limits?: components["schemas"]["ClaimConfig"];
            /** @description Holds an object such as a key's `budget` */
            budget?: components["schemas"]["ClaimConfig"];
            priority?: components["schemas"]["ClaimConfig"];
        };
        ClaimConfig: string;
        /** @description Values for each route and upstream that does not set them itself */
        DefaultsConfig: {
            strategy?: components["schemas"]["StrategyConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            retry?: components["schemas"]["RetryConfig"];
            fallbackOn?: components["schemas"]["FallbackOnConfig"];
            rescue?: components["schemas"]["RescueConfig"];
            hedge?: components["schemas"]["HedgeConfig"];
            connectTimeout?: components["schemas"]["ConfigDuration"];
            health?: components["schemas"]["HealthConfig"];
            breaker?: components["schemas"]["BreakerConfig"];
        };
        /** @description One upstream */
        UpstreamConfig: {
            /** @description What an OpenAI SDK would call the base URL; without a path it gets /v1. A query is sent with each request; the path of an operation at its end, such as /chat/completions, is left out. Not needed where the `provider` is a vendor */
            url?: string;
            key?: components["schemas"]["ConfigSecret"];
            /**
             * @description Without a key, the client's own credential is forwarded to this upstream
             * @default false
             */
            forwardCredential?: boolean;
            /**
             * @description Clients bring their own credential for this upstream (a subscription's), which passes untouched; the gateway's key comes in x-llmgw-key. A key here is only for the gateway's own questions
             * @default false
             */
            passthroughAuth?: boolean;
            /** @description Set on each request, instead of the client's of the same name */
            headers?: {
                [key: string]: components["schemas"]["ConfigSecret"];
            };
            tls?: components["schemas"]["TlsConfig"];
            proxy?: components["schemas"]["ConfigSecret"];
            connectTimeout?: components["schemas"]["ConfigDuration"];
            maxConnections?: components["schemas"]["ConfigCount"];
            maxConcurrency?: components["schemas"]["ConfigCount"];
            limits?: components["schemas"]["UpstreamLimitsConfig"];
            /**
             * @description Whose API it speaks. By default (`auto`) it is asked once who it is: vLLM, SGLang, llama.cpp, LM Studio and Ollama are recognised, with the wire formats that they serve, and all others follow OpenAI's API
             * @enum {unknown}
             */
            provider?: "auto" | "openai-compatible" | "openai" | "anthropic" | "gemini" | "azure" | "cohere" | "bedrock" | "mistral" | "deepseek" | "xai" | "groq" | "together" | "openrouter" | "perplexity" | "moonshot" | "alibaba" | "cerebras" | "fireworks" | "vllm" | "sglang" | "llamacpp" | "tgi" | "lmstudio" | "ollama";
            /** @description The wire formats that it speaks, where they are not its provider's: requests in these reach it as they came, and others are translated into the first that can be */
            dialects?: ("openai.chat" | "openai.completions" | "openai.embeddings" | "openai.responses" | "anthropic.messages" | "anthropic.count_tokens" | "gemini.generate_content" | "gemini.count_tokens" | "gemini.embed_content" | "gemini.batch_embed_contents")[];
            /**
             * @description For token limits, this upstream counts the tokens of prompts, at `/tokenize` beside its `/v1`, as this server does
             * @enum {unknown}
             */
            tokenize?: "vllm" | "llama.cpp";
            health?: components["schemas"]["HealthConfig"];
            breaker?: components["schemas"]["BreakerConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            capabilities?: components["schemas"]["CapabilitiesConfig"];
            weight?: components["schemas"]["WeightConfig"];
            cost?: components["schemas"]["CostConfig"];
            priceList?: components["schemas"]["PriceListConfig"];
            usage?: components["schemas"]["UpstreamUsageConfig"];
            entra?: components["schemas"]["EntraConfig"];
            ollama?: components["schemas"]["OllamaConfig"];
            aws?: components["schemas"]["AwsConfig"];
        };
        /** @description Requests for some models, and where they go */
        RouteConfig: {
            /** @description Unique; for people, logs and metrics (default the first model) */
            name?: string;
            model: components["schemas"]["PatternsConfig"];
            targets: components["schemas"]["TargetsConfig"];
            strategy?: components["schemas"]["StrategyConfig"];
            retry?: components["schemas"]["RetryConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            fallback?: components["schemas"]["TargetsConfig"];
            fallbackOn?: components["schemas"]["FallbackOnConfig"];
            rescue?: components["schemas"]["RescueConfig"];
            hedge?: components["schemas"]["HedgeConfig"];
        };
        /** @description Targets and groups of them. In a `fallback` each one is tried after the other */
        TargetsConfig: components["schemas"]["TargetConfig"][];
        /** @description `upstream`, `upstream/model`, the same as an object, or a group of targets */
        TargetConfig: string | components["schemas"]["TargetGroupConfig"] | components["schemas"]["SingleTargetConfig"];
        SingleTargetConfig: {
            /** @description Name of an upstream */
            upstream: string;
            /** @description The upstream's name for the model (default the requested one) */
            model?: string;
            weight?: components["schemas"]["WeightConfig"];
            when?: components["schemas"]["ConditionConfig"];
            canary?: components["schemas"]["CanaryConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            capabilities?: components["schemas"]["CapabilitiesConfig"];
            cost?: components["schemas"]["CostConfig"];
        };
        TargetGroupConfig: {
            targets: components["schemas"]["TargetsConfig"];
            strategy?: components["schemas"]["StrategyConfig"];
            weight?: components["schemas"]["WeightConfig"];
            when?: components["schemas"]["ConditionConfig"];
            canary?: components["schemas"]["CanaryConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            capabilities?: components["schemas"]["CapabilitiesConfig"];
            cost?: components["schemas"]["CostConfig"];
        };
        /**
         * @description How a group's targets are ordered
         * @default ordered
         */
        StrategyConfig: components["schemas"]["StrategyName"] | {
            kind: components["schemas"]["StrategyName"];
            by?: components["schemas"]["AffinityConfig"];
            /**
             * @description For prefix_affinity, how many characters of the prompt's beginning count
             * @default 2000
             */
            prefixCharacters?: number;
            /**
             * @description For prefix_affinity, a target with more than this many times the mean of requests in flight is skipped
             * @default 1.25
             */
            loadFactor?: number;
        };
        /** @enum {string} */
        StrategyName: "ordered" | "weighted" | "round_robin" | "least_busy" | "lowest_latency" | "cheapest" | "session_affinity" | "prefix_affinity";
        /**
         * @description Requests with the same value go to the same target: `caller` (credential, else address), `user` of the body, or `header:NAME`
         * @default caller
         */
        AffinityConfig: string;
        /** @description Longest waits for an answer */
        TimeoutsConfig: {
            /** @description From the request to the answer's first byte (default `timeout`) */
            firstByte?: components["schemas"]["ConfigDuration"];
            /** @description From the request to a stream's first output (default `timeout`, or `firstByte` if that is longer) */
            firstToken?: components["schemas"]["ConfigDuration"];
            /** @description Between two pieces of an answer (default `idleTimeout`) */
            idle?: components["schemas"]["ConfigDuration"];
            /** @description From a stream's finish reasons and token counts to its `[DONE]` or its end (default `5s`, or `idle` if that is shorter) */
            end?: components["schemas"]["ConfigDuration"];
            /** @description How long after the request a stream's head and preamble are held back so that another target can still answer (default `5s`); not at all if none is left */
            hold?: components["schemas"]["ConfigPause"];
            /** @description Silence after which a stream's client is sent a comment, or a ping of its dialect; 0 for never (default `heartbeat`) */
            heartbeat?: components["schemas"]["ConfigPause"];
            /** @description From the request to the end of its answer (default no limit) */
            total?: components["schemas"]["ConfigDuration"];
        };
        /** @description What is tried before a failure is passed on */
        RetryConfig: {
            /**
             * @description Most requests to upstreams for one client request, the first included
             * @default 5
             */
            attempts?: number;
            /**
             * @description Most of them to the same target
             * @default 2
             */
            attemptsPerTarget?: number;
            /**
             * @description Longest wait before a target's first retry; it doubles with each
             * @default 100ms
             */
            firstBackoff?: components["schemas"]["ConfigPause"];
            /**
             * @description Longest wait before any retry
             * @default 2s
             */
            maxBackoff?: components["schemas"]["ConfigPause"];
            /**
             * @description Longest total wait for one request
             * @default 5s
             */
            maxWait?: components["schemas"]["ConfigPause"];
            /**
             * @description Largest share of an upstream's requests that may be retries
             * @default 20%
             */
            budget?: components["schemas"]["ConfigShare"];
        };
        /**
         * @description Probes of an upstream; true takes the defaults
         * @default false
         */
        HealthConfig: boolean | {
            /**
             * @description Below the base URL; any answer under 500 is healthy
             * @default /models
             */
            path?: string;
            /** @default 10s */
            interval?: components["schemas"]["ConfigDuration"];
            /** @default 5s */
            timeout?: components["schemas"]["ConfigDuration"];
            /**
             * @description Failures in a row until it counts as down
             * @default 3
             */
            unhealthyAfter?: components["schemas"]["ConfigCount"];
            /**
             * @description Successes in a row until it counts as up again
             * @default 2
             */
            healthyAfter?: components["schemas"]["ConfigCount"];
        };
        /**
         * @description Sends no requests to a failing upstream for a while; true takes the defaults
         * @default true
         */
        BreakerConfig: boolean | {
            /**
             * @description Least number of failures in the window
             * @default 5
             */
            failures?: components["schemas"]["ConfigCount"];
            /**
             * @description Least share of failures among the window's requests
             * @default 0.5
             */
            share?: components["schemas"]["ConfigShare"];
            /** @default 30s */
            window?: components["schemas"]["ConfigDuration"];
            /**
             * @description Time until a single request tries the upstream again
             * @default 10s
             */
            cooldown?: components["schemas"]["ConfigDuration"];
        };
        /**
         * @description Whether a second target is asked when the first one's output is late; true takes the defaults
         * @default false
         */
        HedgeConfig: boolean | {
            /**
             * @description Largest share of the route's requests that may be hedged
             * @default 5%
             */
            share?: components["schemas"]["ConfigShare"];
            /** @description Time without output (default the 95th percentile of the route's requests so far) */
            after?: components["schemas"]["ConfigDuration"];
        };
        /**
         * @description What happens when a stream breaks in the middle: an error event (`off`), or another target continues it, only if
         *     that leaves no seam (`exact`) or also with a marked one (`allow-seam`)
         * @default exact
         * @enum {string}
         */
        RescueConfig: "off" | "exact" | "allow-seam";
        /**
         * @description Refusals for which the next target is asked too (default none)
         * @default []
         */
        FallbackOnConfig: ("content_filter" | "authentication" | "not_found" | "invalid_request")[];
        /** @description Only this share of callers, always the same ones, is sent here, and before other targets */
        CanaryConfig: components["schemas"]["ConfigShare"] | {
            share: components["schemas"]["ConfigShare"];
            by?: components["schemas"]["AffinityConfig"];
        };
        /** @description All conditions must hold; of several patterns one must match */
        ConditionConfig: {
            stream?: components["schemas"]["ConfigSwitch"];
            tools?: components["schemas"]["ConfigSwitch"];
            vision?: components["schemas"]["ConfigSwitch"];
            jsonSchema?: components["schemas"]["ConfigSwitch"];
            /** @description Estimated tokens of the prompt */
            tokens?: {
                min?: components["schemas"]["ConfigCount"];
                max?: components["schemas"]["ConfigCount"];
            };
            model?: components["schemas"]["PatternsConfig"];
            headers?: components["schemas"]["NamedPatternsConfig"];
            metadata?: components["schemas"]["NamedPatternsConfig"];
            tags?: components["schemas"]["NamedPatternsConfig"];
        };
        /** @description A name, a pattern with `*`, or a list of them */
        PatternsConfig: string | string[];
        /** @description Patterns by name */
        NamedPatternsConfig: {
            [key: string]: components["schemas"]["PatternsConfig"];
        };
        /** @description What a target can do; a missing member means yes, except for `prefill` */
        CapabilitiesConfig: {
            /**
             * @description It continues an assistant message that stands last: when asked by `continue_final_message` as vLLM and SGLang are,
             *     or by the message alone (`assistant`) as llama.cpp is
             * @enum {string|boolean}
             */
            prefill?: "continue_final_message" | "assistant" | false;
            tools?: components["schemas"]["ConfigSwitch"];
            vision?: components["schemas"]["ConfigSwitch"];
            jsonSchema?: components["schemas"]["ConfigSwitch"];
            /** @description It takes an effort of reasoning (default: as its model's name says), which translated requests may hold */
            reasoning?: components["schemas"]["ConfigSwitch"];
            /** @description Tokens of prompt and answer together */
            context?: components["schemas"]["ConfigCount"];
        };
        /** @description Dollars for a million tokens */
        CostConfig: {
            input: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that the upstream had in its cache (default as input) */
            cached?: components["schemas"]["ConfigPrice"];
            /** @description Recordings in the input (default as input) */
            audioInput?: components["schemas"]["ConfigPrice"];
            output: components["schemas"]["ConfigPrice"];
            /** @description Reasoning in the output (default as output) */
            reasoning?: components["schemas"]["ConfigPrice"];
            /** @description Speech in the output (default as output) */
            audioOutput?: components["schemas"]["ConfigPrice"];
        };
        /** @description PEM files, and how the upstream is verified */
        TlsConfig: {
            /** @description Certificates to trust */
            ca?: string;
            /** @description The gateway's own certificate, for upstreams that ask for one */
            cert?: string;
            /** @description Its private key */
            key?: string;
            /** @description Name that the upstream's certificate is for, if not the URL's */
            serverName?: string;
            /**
             * @description Do not verify the upstream's certificate
             * @default false
             */
            insecure?: components["schemas"]["ConfigSwitch"];
        };
        /** @description `${NAME}` of an environment variable, alone or within a text, or `{file: PATH}` of a file with the secret */
        ConfigSecret: string | {
            file: string;
        };
        /** @description `500ms`, `30s`, `15m`, `2h`; a plain number is seconds */
        ConfigDuration: string | number;
        /** @description A duration that may be 0 */
        ConfigPause: string | number;
        /** @description `5%`, or a number from 0 to 1 */
        ConfigShare: string | number;
        ConfigCount: number;
        ConfigPrice: number;
        ConfigSwitch: boolean;
        /**
         * @description Share of requests relative to the other targets; 0 is the last resort
         * @default 1
         */
        WeightConfig: number;
        /** @description For `provider: azure` without a `key`: the Microsoft Entra application that the gateway is */
        EntraConfig: {
            /** @description The directory's id or name */
            tenant: string;
            /** @description The application's id */
            clientId: string;
            clientSecret?: components["schemas"]["ConfigSecret"];
            /** @description In place of a secret, a file with an assertion, as workload identity writes it */
            tokenFile?: string;
            /** @description Where tokens are had (default https://login.microsoftonline.com) */
            authority?: string;
            /** @description What for (default https://cognitiveservices.azure.com/.default) */
            scope?: string;
        };
        /** @description For `provider: ollama`: it is asked in its own wire format, which can say what OpenAI's can't */
        OllamaConfig: {
            contextLength?: components["schemas"]["ConfigCount"];
            /** @description How long a model stays loaded, such as 10m, or -1 for ever */
            keepAlive?: string;
        };
        /** @description For `provider: bedrock` */
        AwsConfig: {
            /** @description Such as us-east-1; it makes the `url`, and goes into signatures (default by the `url`) */
            region?: string;
            /** @description Of AWS's shared files, for the credentials */
            profile?: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
