// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

// Checks a node with OpenAI's official client, unchanged.
//
//   node openai-client.mjs BASE_URL MODEL [--scripted]
//
// Prints one line per check and exits with 1 when one fails. With --scripted it also asks for the
// models that only the test's scripted node has: power-later, no-power, dies and slow.

import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, model, mode] = process.argv.slice(2);
if (!baseURL || !model || (mode && mode !== '--scripted')) {
  console.error('usage: node openai-client.mjs BASE_URL MODEL [--scripted]');
  process.exit(2);
}

const client = new OpenAI({ baseURL, apiKey: process.env.PEERMIND_API_KEY ?? 'none', maxRetries: 5 });
const impatient = client.withOptions({ maxRetries: 0 });
const messages = [{ role: 'user', content: 'Tell me a story about the sun.' }];
const ask = { model, messages, max_tokens: 24, temperature: 0 };

let failures = 0;

async function check(name, body) {
  try {
    await body();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}: ${error.stack ?? error}`);
  }
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return chunks;
}

const textOf = (chunks) => chunks.map((c) => c.choices[0]?.delta?.content ?? '').join('');

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'the request was not refused' });
}

await check('models.list names the model', async () => {
  const names = [];
  for await (const served of client.models.list()) {
    assert.equal(served.object, 'model');
    names.push(served.id);
  }
  assert.ok(names.includes(model), `${model} is not among ${names}`);
});

await check('models.retrieve finds it, and says 404 for another', async () => {
  assert.equal((await client.models.retrieve(model)).id, model);
  const error = await rejection(impatient.models.retrieve('no/such model'));
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.equal(error.code, 'model_not_found');
});

let whole = '';
await check('chat answers with text and usage', async () => {
  const completion = await client.chat.completions.create(ask);
  assert.match(completion.id, /^chatcmpl-[0-9a-f]+$/);
  assert.equal(completion.object, 'chat.completion');
  assert.equal(completion.model, model);
  assert.equal(completion.choices.length, 1);
  const [choice] = completion.choices;
  assert.equal(choice.message.role, 'assistant');
  assert.ok(['stop', 'length'].includes(choice.finish_reason));
  assert.ok(choice.message.content.length > 0);
  const { prompt_tokens, completion_tokens, total_tokens } = completion.usage;
  assert.ok(prompt_tokens > 0 && completion_tokens > 0 && completion_tokens <= 24);
  assert.equal(prompt_tokens + completion_tokens, total_tokens);
  whole = choice.message.content;
});

await check('stream gives the same text, in well-formed chunks', async () => {
  const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }));
  const [first] = chunks;
  assert.deepEqual(first.choices[0].delta, { role: 'assistant', content: '' });
  for (const chunk of chunks) {
    assert.equal(chunk.object, 'chat.completion.chunk');
    assert.equal(chunk.id, first.id);
    assert.equal(chunk.choices.length, 1);
    assert.ok(!('usage' in chunk));
    for (const value of Object.values(chunk.choices[0].delta)) {
      assert.notEqual(value, null, 'a delta carries null');
    }
  }
  const reasons = chunks.map((c) => c.choices[0].finish_reason);
  assert.ok(reasons.slice(0, -1).every((r) => r === null));
  assert.ok(['stop', 'length'].includes(reasons.at(-1)));
  assert.equal(textOf(chunks), whole);
});

await check('stream ends with usage when asked', async () => {
  const chunks = await collect(
    await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  const last = chunks.at(-1);
  assert.deepEqual(last.choices, []);
  assert.ok(last.usage.completion_tokens > 0);
  assert.ok(chunks.slice(0, -1).every((c) => c.usage === null));
});

await check("the client's stream runner assembles the message", async () => {
  const runner = client.chat.completions.stream(ask);
  assert.equal(await runner.finalContent(), whole);
});

await check('a seed repeats an answer', async () => {
  const seeded = { ...ask, temperature: 1, top_p: 0.9, seed: 42 };
  const one = await client.chat.completions.create(seeded);
  const two = await client.chat.completions.create(seeded);
  assert.equal(one.choices[0].message.content, two.choices[0].message.content);
});

await check('a content of text parts and old-habit fields are accepted', async () => {
  await client.chat.completions.create({
    ...ask,
    messages: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hello.' }], name: 'ann' },
    ],
    n: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    user: 'u-1',
    store: false,
    response_format: { type: 'text' },
  });
});

await check('four at once all get the answer', async () => {
  const all = await Promise.all([1, 2, 3, 4].map(() => client.chat.completions.create(ask)));
  for (const completion of all) {
    assert.equal(completion.choices[0].message.content, whole);
  }
});

await check('an aborted stream ends, and the node answers the next request', async () => {
  const controller = new AbortController();
  const stream = await client.chat.completions.create(
    { ...ask, model: mode ? 'slow' : model, max_tokens: 200, stream: true },
    { signal: controller.signal },
  );
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta?.content) {
      controller.abort();
    }
  }
  assert.ok(controller.signal.aborted);
  await client.chat.completions.create(ask);
});

const request = { model, input: messages[0].content, max_output_tokens: 24, temperature: 0 };

await check('responses answer with the same text, with usage', async () => {
  const response = await client.responses.create(request);
  assert.match(response.id, /^resp_[0-9a-f]+$/);
  assert.equal(response.object, 'response');
  assert.equal(response.model, model);
  assert.equal(response.output_text, whole);
  assert.ok(['completed', 'incomplete'].includes(response.status));
  assert.equal(response.store, false);
  const { input_tokens, output_tokens, total_tokens } = response.usage;
  assert.ok(input_tokens > 0 && output_tokens > 0 && output_tokens <= 24);
  assert.equal(input_tokens + output_tokens, total_tokens);
});

await check('a stream of responses has typed events, numbered, of the same text', async () => {
  const events = await collect(await client.responses.create({ ...request, stream: true }));
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, index) => index),
  );
  assert.deepEqual(
    [...new Set(events.map((event) => event.type))].slice(0, -1),
    [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
    ],
  );
  const last = events.at(-1);
  assert.equal(last.type, `response.${last.response.status}`);
  const deltas = events.filter((event) => event.type === 'response.output_text.delta');
  assert.equal(deltas.map((event) => event.delta).join(''), whole);
  assert.equal(last.response.output[0].content[0].text, whole);
});

await check("the client's response runner assembles the same response", async () => {
  const response = await client.responses.stream(request).finalResponse();
  assert.equal(response.output_text, whole);
});

await check('a later turn of responses takes the items of the earlier one', async () => {
  const first = await client.responses.create(request);
  const second = await client.responses.create({
    ...request,
    instructions: 'Be brief.',
    input: [
      { role: 'user', content: request.input },
      ...first.output,
      { role: 'user', content: [{ type: 'input_text', text: 'Go on.' }] },
    ],
  });
  assert.ok(second.output_text.length > 0);
  assert.equal(second.instructions, 'Be brief.');
});

for (const [field, value] of [
  ['previous_response_id', 'resp_1'],
  ['conversation', 'conv_1'],
  ['background', true],
]) {
  await check(`a ${field} is refused by a BadRequestError that names it`, async () => {
    const error = await rejection(impatient.responses.create({ ...request, [field]: value }));
    assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
    assert.equal(error.param, field);
    assert.equal(error.code, 'unsupported_parameter');
  });
}

await check('an unknown model is a NotFoundError', async () => {
  const error = await rejection(impatient.chat.completions.create({ ...ask, model: 'gpt-none' }));
  assert.ok(error instanceof OpenAI.NotFoundError, `${error}`);
  assert.equal(error.code, 'model_not_found');
  assert.equal(error.param, 'model');
});

for (const [field, value, code] of [
  ['max_tokens', -1, 'invalid_value'],
  ['temperature', 3, 'invalid_value'],
  ['n', 2, 'unsupported_parameter'],
  ['functions', [{ name: 'f' }], 'unsupported_parameter'],
  ['messages', [], 'invalid_value'],
  ['telepathy', true, 'unknown_parameter'],
]) {
  await check(`a wrong ${field} is a BadRequestError that names it`, async () => {
    const error = await rejection(impatient.chat.completions.create({ ...ask, [field]: value }));
    assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
    assert.equal(error.type, 'invalid_request_error');
    assert.equal(error.param, field);
    assert.equal(error.code, code);
  });
}

await check('a prompt of 10 MB is refused with 413', async () => {
  const huge = [{ role: 'user', content: 'x'.repeat(10 * 1024 * 1024) }];
  const error = await rejection(impatient.chat.completions.create({ ...ask, messages: huge }));
  assert.equal(error.status, 413, `${error}`);
  assert.equal(error.type, 'invalid_request_error');
});

if (mode) {
  await check('no power is a 503 with its reason and Retry-After', async () => {
    const error = await rejection(
      impatient.chat.completions.create({ ...ask, model: 'no-power' }),
    );
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.equal(error.status, 503);
    assert.equal(error.code, 'no_power');
    assert.equal(error.headers.get('retry-after'), '1');
    assert.match(error.message, /sun/);
  });

  await check('the client waits as Retry-After says, and then gets its answer', async () => {
    const began = performance.now();
    const completion = await client.chat.completions.create({ ...ask, model: 'power-later' });
    assert.ok(completion.choices[0].message.content.length > 0);
    assert.ok(performance.now() - began >= 1900, 'the client did not wait twice');
  });

  await check('an answer that dies in the middle throws, after its text', async () => {
    let text = '';
    const error = await rejection(
      (async () => {
        const stream = await client.chat.completions.create({ ...ask, model: 'dies', stream: true });
        for await (const chunk of stream) {
          text += chunk.choices[0]?.delta?.content ?? '';
        }
      })(),
    );
    assert.ok(error instanceof OpenAI.APIError, `${error}`);
    assert.equal(error.code, 'inferer_failed');
    assert.ok(text.length > 0);
  });

  await check('a response that dies in the middle throws, after its text', async () => {
    let text = '';
    const error = await rejection(
      (async () => {
        for await (const event of await client.responses.create({
          ...request,
          model: 'dies',
          stream: true,
        })) {
          text += event.type === 'response.output_text.delta' ? event.delta : '';
        }
      })(),
    );
    assert.ok(error instanceof OpenAI.APIError, `${error}`);
    assert.equal(error.code, 'inferer_failed');
    assert.ok(text.length > 0);
  });

  await check('an aborted stream of responses ends', async () => {
    const controller = new AbortController();
    const stream = await client.responses.create(
      { ...request, model: 'slow', stream: true },
      { signal: controller.signal },
    );
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') {
        controller.abort();
      }
    }
    assert.ok(controller.signal.aborted);
  });
}

console.log(failures === 0 ? 'all checks passed' : `${failures} checks failed`);
process.exit(failures === 0 ? 0 : 1);
