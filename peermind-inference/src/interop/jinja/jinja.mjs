// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

// Renders every template in a folder for every conversation there, and compares with what is
// expected. Usage: node jinja.mjs FOLDER

import fs from "node:fs";
import path from "node:path";
import { Template } from "@huggingface/jinja";

const folder = process.argv[2];
const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
const conversations = read("conversations.json");
let checked = 0;
let different = 0;

// The template that prints a date is told this one.
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : ["2026-11-22T12:00:00"]));
  }
};

function rendered(template, conversation) {
  try {
    return template.render({
      ...structuredClone(conversation),
      add_generation_prompt: true,
      bos_token: "<s>",
      eos_token: "</s>",
    });
  } catch (refused) {
    return null;
  }
}

for (const [name, expected] of Object.entries(read("expected.json"))) {
  const template = new Template(fs.readFileSync(path.join(folder, `${name}.jinja`), "utf8"));
  for (const [title, conversation] of Object.entries(conversations)) {
    checked++;
    if (rendered(template, conversation) !== expected[title]) {
      different++;
      console.log(`${name}, ${title}: different`);
    }
  }
}
console.log(`${checked} renderings checked, ${different} different`);
