/** The contract's types under the names that the pages use. */
import type { components } from "../../src/generated/contract.js";

type Schemas = components["schemas"];

export type Session = Schemas["Session"];
export type Overview = Schemas["Overview"];
export type UpstreamOverview = Schemas["OverviewUpstream"];
export type Key = Schemas["Key"];
export type KeyWithSecret = Schemas["KeyWithSecret"];
export type KeyRequest = Schemas["CreateKeyRequest"];
export type KeyList = Schemas["KeyList"];
export type AuditList = Schemas["AuditList"];
export type Prompt = Schemas["Prompt"];
export type PromptList = Schemas["PromptList"];
export type PromptVersion = Schemas["PromptVersion"];
export type PromptVersionList = Schemas["PromptVersionList"];
export type PromptDiff = Schemas["PromptDiff"];
export type StoredCompletion = Schemas["StoredCompletion"];
export type StoredCompletionList = Schemas["StoredCompletionList"];
export type StoredMessageList = Schemas["StoredMessageList"];
export type ModelList = Schemas["ModelList"];
export type AgentSession = Schemas["AgentSession"];
export type AgentSessionDetail = Schemas["AgentSessionDetail"];
export type AgentSessionList = Schemas["AgentSessionList"];
export type AgentSessionPart = Schemas["AgentSessionPart"];
export type Batch = Schemas["GatewayBatch"];
export type BatchList = Schemas["GatewayBatchList"];
export type LiveRequest = Schemas["LiveRequest"];
export type RequestRecord = Schemas["RequestRecord"];
export type RequestAttempt = Schemas["RequestAttempt"];
export type RequestList = Schemas["RequestList"];
export type UsageResult = Schemas["UsageResult"];
export type UsageBucket = Schemas["UsageBucket"];
export type UsagePage = Schemas["UsagePage"];
