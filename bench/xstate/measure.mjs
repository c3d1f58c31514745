// XState's side of the benchmarks: one line of JSON for an order on standard input, one for its answer.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createActor, createMachine } from "xstate";

const version = JSON.parse(readFileSync(new URL("./node_modules/xstate/package.json", import.meta.url))).version;

let delivered = 0;
const subscribers = [() => { delivered += 1; }];
const deliver = (state) => {
  const event = { type: "changed", state };
  for (const subscriber of subscribers) subscriber(event);
};

let allowed = true;
const row = (target) => ({ target, guard: () => allowed, actions: () => deliver(target) });
const toggle = createMachine({
  initial: "off",
  states: { off: { on: { toggle: row("on") } }, on: { on: { toggle: row("off") } } },
});

function oneTransition(count) {
  const actor = createActor(toggle).start();
  const even = count + (count % 2);
  const event = { type: "toggle" };
  delivered = 0;
  const start = performance.now();
  for (let i = 0; i < even; i += 1) actor.send(event);
  const took = performance.now() - start;
  const ended = actor.getSnapshot().value;
  if (ended !== "off" || delivered !== even) throw new Error(`in ${ended} with ${delivered} events after ${even} toggles`);
  return took / 1000;
}

let parallel, strides, expected;
let nowTrue = new Set();

// A row's conditions and exceptions as one guard; a row without any has none.
function guardOf(row) {
  if (row.conditions.length === 0 && row.unless.length === 0) return undefined;
  return () => row.conditions.every((name) => nowTrue.has(name)) && !row.unless.some((name) => nowTrue.has(name));
}

function region(machine) {
  const states = Object.fromEntries(machine.states.map((state) => [state, { on: {} }]));
  for (const row of machine.rows) {
    const transition = { actions: () => deliver(row.dest ?? row.source) };
    const guard = guardOf(row);
    if (guard) transition.guard = guard;
    if (row.dest !== null) Object.assign(transition, { target: row.dest, reenter: row.dest === row.source });
    (states[row.source].on[row.trigger] ??= []).push(transition);
  }
  return { initial: machine.initial, states };
}

function load({ machines, strides: given, endsIn, fired }) {
  parallel = createMachine({
    type: "parallel",
    states: Object.fromEntries(machines.map((machine) => [machine.name, region(machine)])),
  });
  strides = given.map(({ trigger, true: names }) => ({ event: { type: trigger }, now: new Set(names) }));
  expected = { endsIn, fired };
  wholeStep(50_000);
}

function lap() {
  const actor = createActor(parallel).start();
  delivered = 0;
  const start = performance.now();
  for (const stride of strides) {
    nowTrue = stride.now;
    actor.send(stride.event);
  }
  const took = performance.now() - start;
  const ended = actor.getSnapshot().value;
  const same = Object.entries(expected.endsIn).every(([name, state]) => ended[name] === state);
  if (!same || delivered !== expected.fired) throw new Error(`went elsewhere: ${JSON.stringify(ended)} after ${delivered} rows`);
  return took / 1000;
}

function wholeStep(count) {
  const laps = Math.ceil(count / strides.length);
  let seconds = 0;
  for (let i = 0; i < laps; i += 1) seconds += lap();
  return (seconds * count) / (laps * strides.length);
}

function obey(order) {
  switch (order.order) {
    case "versions": return { xstate: version, node: process.versions.node };
    case "one transition": return { seconds: oneTransition(order.count) };
    case "load": load(order); return {};
    case "whole step": return { seconds: wholeStep(order.count) };
    default: throw new Error(`unknown order ${order.order}`);
  }
}

oneTransition(200_000); // V8 compiles what is hot

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try { answer = obey(JSON.parse(line)); } catch (error) { answer = { error: error.message }; }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
