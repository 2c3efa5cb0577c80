/**
 * What Redis runs for a batch of questions: it counts by its own clock, so that all machines agree on what time it is.
 *
 * Minutes are hashes of seconds, days and months are numbers, and requests under way are sets of leases that end by
 * themselves when nobody renews them. `src/limits/tallies.ts` counts the same in memory.
 */

import { sessionIdleMs } from "./ledger.js";

/** How long a request counts as under way after its gateway was last heard of. */
export const leaseMs = 30_000;

/** Claims: `[counter, span, max, amount]`. */
export type ScriptClaim = readonly [counter: string, span: string, max: number, amount: number];

export type ScriptQuestion =
	| readonly ["take", lease: string, isExtension: 0 | 1, claims: readonly ScriptClaim[]]
	| readonly ["look", claims: readonly ScriptClaim[]]
	/** `at` is when it was taken; what is above 0 counts from now on. */
	| readonly [
			"correct",
			lease: string,
			corrections: readonly (readonly [counter: string, span: string, amount: number, at: number])[],
	  ]
	| readonly ["count", key: string, max: number, windowMs: number]
	| readonly ["renew", counter: string, leases: readonly string[]];

/**
 * KEYS: none. ARGV: the latest time at which to do anything, in milliseconds of Redis' clock, or 0; the questions in JSON.
 * Answers with the time, and behind it one array for each question; with the time alone when it is too late.
 *
 * take: the index of the claim that is short, or -1, and when it can be granted (-1 for unknown); then used and reset by
 * claim. look: the same. count: remaining, and when the window ends. A question that can't be answered, since a key holds
 * something else than a count, is answered with a text that says why, and the others are answered all the same.
 *
 * Numbers are doubles here, and whole ones up to `most`: amounts and sums are kept below it, so that Redis' own arithmetic
 * never meets a number that it refuses.
 */
export const script = `
local prefix = 'llmw:'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = tonumber(ARGV[1])
if deadline > 0 and now > deadline then return {now} end
local slot = math.floor(now / 1000)
local dayMs = 86400000

local function monthOf(ms)
	local z = math.floor(ms / dayMs) + 719468
	local era = math.floor(z / 146097)
	local doe = z - era * 146097
	local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
	local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
	local mp = math.floor((5 * doy + 2) / 153)
	local month = mp < 10 and mp + 2 or mp - 10
	local year = yoe + era * 400
	if month < 2 then year = year + 1 end
	return year * 12 + month
end

local function startOfMonth(period)
	local year = math.floor(period / 12)
	local month = period % 12 + 1
	if month <= 2 then year = year - 1 end
	local era = math.floor(year / 400)
	local yoe = year - era * 400
	local doy = math.floor((153 * (month > 2 and month - 3 or month + 9) + 2) / 5)
	local doe = yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy
	return (era * 146097 + doe - 719468) * dayMs
end

local function periodOf(span, ms)
	if span == 'day' then return math.floor(ms / dayMs) end
	return monthOf(ms)
end

local function endOfPeriod(span)
	if span == 'day' then return (math.floor(now / dayMs) + 1) * dayMs end
	return startOfMonth(monthOf(now) + 1)
end

local most = 9007199254740991
-- Of what one question counts. Not a number is neither less nor more than any.
local mostAmount = 1000000000000

local function whole(number) return string.format('%.0f', number) end

local function sane(amount)
	amount = tonumber(amount)
	if not amount or amount ~= amount or amount < 0 then return 0 end
	return math.min(math.floor(amount), mostAmount)
end

-- What a key holds: what is no count is none.
local function countIn(value)
	local number = tonumber(value or '0') or 0
	if number ~= number or number < 0 then return 0 end
	return math.min(number, most)
end

local function calendarKey(counter, span, ms) return prefix .. counter .. ':' .. whole(periodOf(span, ms)) end

-- Seconds in which something was used, the oldest first, and their sum.
local function minuteOf(key)
	local all = redis.call('HGETALL', key)
	local seconds, old, used = {}, {}, 0
	for i = 1, #all, 2 do
		local second, amount = tonumber(all[i]) or 0, countIn(all[i + 1])
		-- One that is far ahead is of a clock that was set back.
		if second <= slot - 61 or second > slot + 60 then
			old[#old + 1] = all[i]
		elseif amount > 0 then
			seconds[#seconds + 1] = {second, amount}
			used = used + amount
		end
	end
	for i = 1, #old, 1000 do redis.call('HDEL', key, unpack(old, i, math.min(i + 999, #old))) end
	table.sort(seconds, function(one, other) return one[1] < other[1] end)
	return math.min(used, most), seconds
end

-- How much is used, when all of it is free, and when so much more can be used as is missing (-1: nobody knows).
local function look(counter, span, max, amount)
	if span == 'minute' then
		local used, seconds = minuteOf(prefix .. counter)
		local missing = used + math.max(1, amount) - max
		local reset, retry, freed = now, now, 0
		if #seconds > 0 then reset = (seconds[#seconds][1] + 61) * 1000 end
		if missing > 0 then
			for _, second in ipairs(seconds) do
				freed = freed + second[2]
				retry = (second[1] + 61) * 1000
				if freed >= missing then break end
			end
		end
		return used, reset, retry
	elseif span == 'now' then
		redis.call('ZREMRANGEBYSCORE', prefix .. counter, '-inf', whole(now))
		return redis.call('ZCARD', prefix .. counter), now, -1
	elseif span == 'session' or span == 'elapsed' then
		local key = prefix .. counter
		local used = countIn(redis.call('GET', key))
		if span == 'elapsed' and used > 0 then used = math.max(0, math.floor((now - used) / 1000)) end
		return used, now + math.max(0, redis.call('PTTL', key)), -1
	end
	local used = countIn(redis.call('GET', calendarKey(counter, span, now)))
	local ends = endOfPeriod(span)
	return used, ends, ends
end

local function addLeases(counter, leases)
	local key = prefix .. counter
	for _, lease in ipairs(leases) do redis.call('ZADD', key, whole(now + ${leaseMs}), lease) end
	redis.call('PEXPIRE', key, ${leaseMs})
end

local function add(lease, counter, span, given)
	local amount = sane(given)
	if span == 'elapsed' then
		local key = prefix .. counter
		redis.call('SET', key, whole(now), 'NX', 'PX', ${sessionIdleMs})
		redis.call('PEXPIRE', key, ${sessionIdleMs})
		return now + ${sessionIdleMs}
	end
	if amount == 0 then return now end
	if span == 'session' then
		local key = prefix .. counter
		local used = math.min(countIn(redis.call('GET', key)) + amount, most)
		redis.call('SET', key, whole(used), 'PX', ${sessionIdleMs})
		return now + ${sessionIdleMs}
	end
	if span == 'minute' then
		local key, second = prefix .. counter, whole(slot)
		local used = countIn(redis.call('HGET', key, second))
		redis.call('HSET', key, second, whole(math.min(used + amount, most)))
		redis.call('PEXPIRE', key, 62000)
		return (slot + 61) * 1000
	elseif span == 'now' then
		local leases = {}
		for i = 1, math.min(amount, 1000) do leases[i] = lease .. '#' .. i end
		addLeases(counter, leases)
		return now
	end
	local key = calendarKey(counter, span, now)
	local ends = endOfPeriod(span)
	redis.call('SET', key, whole(math.min(countIn(redis.call('GET', key)) + amount, most)))
	redis.call('PEXPIREAT', key, whole(ends + dayMs))
	return ends
end

local function giveBack(lease, counter, span, given, at)
	local amount = sane(given)
	if span == 'minute' then
		local second = whole(math.floor(at / 1000))
		local there = countIn(redis.call('HGET', prefix .. counter, second))
		if there > 0 then redis.call('HSET', prefix .. counter, second, whole(math.max(0, there - amount))) end
	elseif span == 'now' then
		for i = 1, math.min(amount, 1000) do redis.call('ZREM', prefix .. counter, lease .. '#' .. i) end
	elseif span ~= 'elapsed' then
		local key = span == 'session' and prefix .. counter or calendarKey(counter, span, at)
		local there = countIn(redis.call('GET', key))
		if there > 0 then redis.call('SET', key, whole(math.max(0, there - amount)), 'KEEPTTL') end
	end
end

local function lookAll(claims, isExtension)
	local short, longest, standings = -1, -2, {}
	for index, claim in ipairs(claims) do
		local counter, span, max, amount = claim[1], claim[2], claim[3], claim[4]
		local used, reset, retry = look(counter, span, max, amount)
		if used + math.max(1, amount) > max and not (isExtension and amount == 0) and retry > longest then
			short, longest = index - 1, retry
		end
		standings[#standings + 1] = used
		standings[#standings + 1] = reset
	end
	return short, longest, standings
end

local function take(lease, isExtension, claims)
	local short, retry, standings = lookAll(claims, isExtension == 1)
	if short < 0 then
		for index, claim in ipairs(claims) do
			local reset = add(lease, claim[1], claim[2], claim[4])
			standings[2 * index - 1] = standings[2 * index - 1] + claim[4]
			standings[2 * index] = math.max(reset, standings[2 * index])
		end
	end
	return {short, retry, unpack(standings)}
end

local function count(key, max, windowMs)
	local name = prefix .. 'window:' .. key
	local left = redis.call('PTTL', name)
	if left <= 0 then
		redis.call('SET', name, '1', 'PX', whole(windowMs))
		return {max, now + windowMs}
	end
	local remaining = math.max(0, max - tonumber(redis.call('GET', name)))
	if remaining > 0 then redis.call('INCR', name) end
	return {remaining, now + left}
end

local function correct(lease, correction)
	local counter, span, amount, at = correction[1], correction[2], correction[3], correction[4]
	if amount > 0 then add(lease, counter, span, amount) else giveBack(lease, counter, span, -amount, at) end
end

local function answerTo(question)
	local kind = question[1]
	if kind == 'take' then return take(question[2], question[3], question[4]) end
	if kind == 'look' then
		local short, retry, standings = lookAll(question[2], false)
		return {short, retry, unpack(standings)}
	end
	if kind == 'count' then return count(question[2], question[3], question[4]) end
	if kind == 'renew' then addLeases(question[2], question[3]) end
	if kind == 'correct' then
		local failure
		for _, correction in ipairs(question[3]) do
			local isDone, reason = pcall(correct, question[2], correction)
			if not isDone then failure = failure or reason end
		end
		if failure then error(failure, 0) end
	end
	return {}
end

local answers = {now}
for _, question in ipairs(cjson.decode(ARGV[2])) do
	local isDone, answer = pcall(answerTo, question)
	if not isDone then answer = type(answer) == 'table' and answer.err or tostring(answer) end
	answers[#answers + 1] = answer
end
return answers
`;
