// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

// Checks a node with LangChain and Vercel's AI SDK, unchanged.
//
//   node clients.mjs BASE_URL MODEL
//
// Prints one line per check and exits with 1 when one fails.

import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { generateObject, generateText, jsonSchema, streamText, tool } from 'ai';
import { z } from 'zod';

const [baseURL, model] = process.argv.slice(2);
if (!baseURL || !model) {
  console.error('usage: node clients.mjs BASE_URL MODEL');
  process.exit(2);
}

const question = 'Tell me a story about the sun.';
const status = {
  type: 'object',
  properties: { status: { type: 'string', enum: ['ok'] } },
  required: ['status'],
  additionalProperties: false,
};
const echo = {
  type: 'object',
  properties: { value: { type: 'string', enum: ['CANARY_OK'] } },
  required: ['value'],
  additionalProperties: false,
};

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

// ---- LangChain

const chat = new ChatOpenAI({
  model,
  apiKey: 'none',
  temperature: 0,
  maxTokens: 160, // a call takes a small vocabulary more than 48 tokens
  streamUsage: true,
  configuration: { baseURL },
});

await check('LangChain gets a whole answer with its usage', async () => {
  const answer = await chat.invoke(question);
  assert.ok(answer.content.length > 0);
  assert.ok(answer.usage_metadata.input_tokens > 0);
  assert.ok(answer.usage_metadata.output_tokens > 0);
});

await check('LangChain streams the same answer', async () => {
  let text = '';
  let usage;
  for await (const chunk of await chat.stream(question)) {
    text += chunk.content;
    usage = chunk.usage_metadata ?? usage;
  }
  assert.equal(text, (await chat.invoke(question)).content);
  assert.ok(usage.output_tokens > 0);
});

await check('LangChain reads the probabilities of tokens', async () => {
  const likely = new ChatOpenAI({
    model,
    apiKey: 'none',
    temperature: 0,
    maxTokens: 4,
    logprobs: true,
    topLogprobs: 2,
    configuration: { baseURL },
  });
  const { content } = (await likely.invoke(question)).response_metadata.logprobs;
  assert.ok(content.length > 0);
  assert.ok(content[0].logprob <= 0);
});

await check('LangChain has a tool called, and sends its result back', async () => {
  const bound = chat.bindTools(
    [{ type: 'function', function: { name: 'echo', description: 'Echoes.', parameters: echo } }],
    { tool_choice: 'echo' },
  );
  const asked = new HumanMessage('Call the tool.');
  const answer = await bound.invoke([asked]);
  assert.equal(answer.tool_calls[0].name, 'echo');
  assert.equal(answer.tool_calls[0].args.value, 'CANARY_OK');
  const result = new ToolMessage({ content: 'CANARY_OK', tool_call_id: answer.tool_calls[0].id });
  const after = await chat.invoke([asked, answer, result]);
  assert.equal(typeof after.content, 'string');
});

await check('LangChain gets structured output', async () => {
  const structured = chat.withStructuredOutput(z.object({ status: z.enum(['ok']) }), {
    name: 'status',
    method: 'jsonSchema',
    strict: true,
  });
  assert.deepEqual(await structured.invoke('Return the status.'), { status: 'ok' });
});

// ---- the AI SDK

const provider = createOpenAICompatible({
  name: 'peermind',
  baseURL,
  includeUsage: true,
  supportsStructuredOutputs: true,
});

await check('the AI SDK gets a whole answer with its usage', async () => {
  const answer = await generateText({
    model: provider(model),
    prompt: question,
    temperature: 0,
    maxOutputTokens: 48,
  });
  assert.ok(answer.text.length > 0);
  assert.ok(answer.usage.outputTokens > 0);
});

await check('the AI SDK streams an answer', async () => {
  const stream = streamText({
    model: provider(model),
    prompt: question,
    temperature: 0,
    maxOutputTokens: 48,
  });
  let text = '';
  for await (const part of stream.textStream) {
    text += part;
  }
  assert.ok(text.length > 0);
  assert.ok((await stream.usage).outputTokens > 0);
});

await check('the AI SDK has a tool called, in a stream too', async () => {
  const options = {
    model: provider(model),
    prompt: 'Call the tool.',
    tools: { echo: tool({ description: 'Echoes.', inputSchema: jsonSchema(echo) }) },
    toolChoice: 'required',
    temperature: 0,
  };
  const answer = await generateText(options);
  assert.equal(answer.toolCalls[0].toolName, 'echo');
  assert.equal(answer.toolCalls[0].input.value, 'CANARY_OK');
  assert.equal(answer.finishReason, 'tool-calls');
  const streamed = streamText(options);
  await streamed.consumeStream();
  assert.deepEqual((await streamed.toolCalls)[0].input, { value: 'CANARY_OK' });
});

await check('the AI SDK gets an object by a schema', async () => {
  const { object } = await generateObject({
    model: provider(model),
    schema: jsonSchema(status),
    prompt: 'Return the status.',
    temperature: 0,
  });
  assert.deepEqual(object, { status: 'ok' });
});

// ---- the AI SDK's own provider for OpenAI, which speaks to the Responses API

const responses = createOpenAI({ baseURL, apiKey: 'none' });
// Without this it sends references to items that nobody keeps, in later turns.
const stateless = { openai: { store: false } };

await check('the OpenAI provider gets a whole answer with its usage', async () => {
  const answer = await generateText({
    model: responses(model),
    prompt: question,
    temperature: 0,
    maxOutputTokens: 48,
  });
  assert.ok(answer.text.length > 0);
  assert.ok(answer.usage.inputTokens > 0);
  assert.ok(answer.usage.outputTokens > 0);
});

await check('the OpenAI provider streams the same answer', async () => {
  const options = {
    model: responses(model),
    prompt: question,
    temperature: 0,
    maxOutputTokens: 48,
  };
  const stream = streamText(options);
  let text = '';
  for await (const part of stream.textStream) {
    text += part;
  }
  assert.equal(text, (await generateText(options)).text);
  assert.ok((await stream.usage).outputTokens > 0);
});

await check('the OpenAI provider has a tool called, in a stream too, and goes on', async () => {
  const options = {
    model: responses(model),
    messages: [{ role: 'user', content: 'Call the tool.' }],
    tools: { echo: tool({ description: 'Echoes.', inputSchema: jsonSchema(echo) }) },
    toolChoice: 'required',
    temperature: 0,
    providerOptions: stateless,
  };
  const answer = await generateText(options);
  assert.equal(answer.toolCalls[0].toolName, 'echo');
  assert.equal(answer.toolCalls[0].input.value, 'CANARY_OK');
  assert.equal(answer.finishReason, 'tool-calls');
  const streamed = streamText(options);
  await streamed.consumeStream();
  assert.deepEqual((await streamed.toolCalls)[0].input, { value: 'CANARY_OK' });
  const { toolCallId } = answer.toolCalls[0];
  const result = { type: 'text', value: 'CANARY_OK' };
  const after = await generateText({
    model: responses(model),
    messages: [
      ...options.messages,
      ...answer.response.messages,
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId, toolName: 'echo', output: result }],
      },
    ],
    temperature: 0,
    maxOutputTokens: 24,
    providerOptions: stateless,
  });
  assert.ok(after.text.length > 0);
});

await check('the OpenAI provider gets an object by a schema', async () => {
  const { object } = await generateObject({
    model: responses(model),
    schema: jsonSchema(status),
    prompt: 'Return the status.',
    temperature: 0,
  });
  assert.deepEqual(object, { status: 'ok' });
});

await check('LangChain uses responses when told to', async () => {
  const answer = await new ChatOpenAI({
    model,
    apiKey: 'none',
    temperature: 0,
    maxTokens: 48,
    useResponsesApi: true,
    configuration: { baseURL },
  }).invoke(question);
  assert.ok(answer.text.length > 0);
  assert.ok(answer.usage_metadata.output_tokens > 0);
});

console.log(failures === 0 ? 'all checks passed' : `${failures} checks failed`);
process.exit(failures === 0 ? 0 : 1);
