// XState's side of the comparison: one line of JSON for an order on standard input, one for its answer.
//
// A message brings the truth values of all conditions as one character each, in the order of the configuration's list.
import { createInterface } from "node:readline";
import { createMachine, initialTransition, transition } from "xstate";

let machine, initial, place;

const holds = (event, name) => {
  if (!place.has(name)) throw new Error(`no condition is called ${name}`);
  return event.holds[place.get(name)] === "1";
};

const check = ({ event }, { all, none }) =>
  all.every((name) => holds(event, name)) && !none.some((name) => holds(event, name));

// Entering a state is told by an action: that is how a transition that stays differs from one that comes back.
function withEntries(configuration) {
  for (const region of Object.values(configuration.states)) {
    for (const state of Object.values(region.states)) state.entry = { type: "entered", params: { state: state.id } };
  }
  return configuration;
}

function load({ configuration }) {
  place = new Map(configuration.meta.conditions.map((name, index) => [name, index]));
  machine = createMachine(withEntries(configuration)).provide({ guards: { check } });
  initial = initialTransition(machine)[0];
  return { states: statesOf(initial) };
}

const statesOf = (snapshot) => Object.entries(snapshot.value).map(([region, state]) => `${region}.${state}`);

const ROW = ({ params }) => `${params.region}.${params.row}`;
const TOLD = ({ type, params }) => (type === "refuse" ? `refuse.${params.code}` : `effect.${type}`);

function step(snapshot, [type, holds]) {
  const [next, actions] = transition(machine, snapshot, { type, holds });
  const of = (kind) => actions.filter((action) => action.type === kind);
  const told = actions.filter(({ type }) => !["row", "update", "entered"].includes(type)).map(TOLD);
  const refused = of("refuse").length > 0;
  const taken = {
    rows: of("row").map(ROW),
    updates: of("update").map(({ params }) => `${params.region}.${params.name}`),
    states: statesOf(next),
    entered: of("entered").map(({ params }) => params.state),
    told,
  };
  // The veto over the other regions is the host's: it goes on from where it was.
  return [refused ? snapshot : next, taken];
}

function run({ scripts }) {
  const traces = scripts.map((script) => {
    let snapshot = initial;
    return script.map((message) => {
      const [next, taken] = step(snapshot, message);
      snapshot = next;
      return taken;
    });
  });
  return { traces };
}

const ORDERS = { load, run };

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const order = JSON.parse(line);
    answer = ORDERS[order.order](order);
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
