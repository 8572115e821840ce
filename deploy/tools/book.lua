-- wrk's side of the booking rounds of bench.sh. To docslot: POST /api/v1/book, each with a patient's token and an
-- Idempotency-Key of its own. To its plain twin: POST /book. Says in the file "round" how many were booked and refused, in
-- how many seconds, and within how many milliseconds 99 of 100 were answered.

local folder, twin = os.getenv("BENCH_FOLDER"), os.getenv("BENCH_WHO") == "twin"
local run = tonumber(os.getenv("BENCH_RUN"))

local function lines(name)
  local all = {}
  for line in io.lines(folder .. "/" .. name) do all[#all + 1] = line end
  return all
end

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  math.randomseed(number + 100 * run)
  doctors, days = lines(os.getenv("BENCH_DOCTORS")), lines(os.getenv("BENCH_DOCTORS") .. "-days")
  people = lines(twin and "patients" or "tokens")
  sent = 0
end

-- with a pause, each connection waits so many milliseconds before each request
local pause = tonumber(os.getenv("BENCH_PAUSE") or "")
if pause then
  function delay() return pause end
end

local function any(list) return list[math.random(#list)] end

function request()
  sent = sent + 1
  if twin then
    -- each twenty minutes after the one before, from 2039 on: the check has few rows to read, and no time is taken
    local start = 2200000000 + (run * 10000000 + sent * 2 + number) * 1200
    local body = string.format('{"doctor_id":"%s","patient_id":"%s","starts_at":%.0f}', any(doctors), any(people), start)
    return wrk.format("POST", "/book", { ["Content-Type"] = "application/json" }, body)
  end
  local body = string.format('{"doctor_id":"%s","date":"%s"}', any(doctors), any(days))
  return wrk.format("POST", "/api/v1/book", {
    ["Authorization"] = "Bearer " .. any(people),
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("api%d-%d-%d", run, number, sent),
  }, body)
end

function done(summary, latency)
  local errors = summary.errors
  local file = assert(io.open(folder .. "/round", "w"))
  file:write(string.format("%d %d %.3f %.1f\n", summary.requests - errors.status,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1000000, latency:percentile(99) / 1000))
  file:close()
end
