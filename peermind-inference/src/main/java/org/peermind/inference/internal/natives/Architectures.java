// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.util.Set;

/// The model families (`general.architecture`) that each known build can load, read from the
/// libraries' own tables. Deciding in Java spares a start of the engine and gives a clear sentence.
public final class Architectures {
  private static final Set<String> B4916 =
      names(
          """
          arctic arwkv7 baichuan bert bitnet bloom chameleon chatglm codeshell cohere2 command-r dbrx
          deci deepseek deepseek2 exaone falcon gemma gemma2 gemma3 gpt2 gptj gptneox granite
          granitemoe grok internlm2 jais jina-bert-v2 llama mamba minicpm minicpm3 mpt nemotron
          nomic-bert olmo olmo2 olmoe openelm orion phi2 phi3 phimoe plamo qwen qwen2 qwen2moe qwen2vl
          refact rwkv6 rwkv6qwen2 rwkv7 stablelm starcoder starcoder2 t5 t5encoder wavtokenizer-dec
          xverse
          """);

  private static final Set<String> V0_5_0 =
      names(
          """
          afmoe apertus arcee arctic arwkv7 baichuan bailingmoe bailingmoe2 bailingmoe3 bert
          bitnet bloom chameleon chatglm clip codeshell cogvlm cohere2 cohere2moe command-r dbrx
          deci deepseek deepseek2 deepseek2-ocr deepseek32 deepseek4 dflash dots1 dots3note dream
          eagle3 ernie4_5 ernie4_5-moe eurobert exaone exaone-moe exaone4 falcon falcon-h1 gemma
          gemma-embedding gemma2 gemma3 gemma3n gemma4 gemma4-assistant glm-dsa glm4 glm4moe
          gpt-oss gpt2 gptj gptneox granite granite_swa granitehybrid granitemoe graniteswitch
          grok grovemoe hrm_text hunyuan-dense hunyuan-moe hunyuan_vl hy_v3 hy_v4 internlm2 jais
          jais2 jamba jina-bert-v2 jina-bert-v3 kimi-k3 kimi-linear laguna lfm2 lfm2moe llada
          llada-moe llama llama-embed llama4 maincoder mamba mamba2 maple mellum mimo2 minicpm
          minicpm3 minimax-01 minimax-m2 minimax-m3 mistral3 mistral4 modern-bert mpt muse-glimmer
          nanbeige nemotron nemotron_h nemotron_h_moe neo-bert nomic-bert nomic-bert-moe olmo
          olmo2 olmoe openelm orion paddleocr pangu-embedded phi2 phi3 phimoe plamo plamo2 plamo3
          plm pockettts qwen qwen2 qwen2moe qwen2vl qwen3 qwen35 qwen35moe qwen3moe qwen3next
          qwen3tts qwen3vl qwen3vlmoe qwen4exp refact rnd1 rwkv6 rwkv6qwen2 rwkv7 seed_oss
          smallthinker smollm3 spark2_5 stablelm starcoder starcoder2 step35 t5 t5encoder talkie
          wavtokenizer-dec xverse
          """);

  private Architectures() {}

  /// Whether the bundled build loads models of this family.
  public static boolean bundledKnows(String architecture) {
    return B4916.contains(architecture);
  }

  /// Whether the installable build loads models of this family.
  public static boolean installableKnows(String architecture) {
    return V0_5_0.contains(architecture);
  }

  private static Set<String> names(String text) {
    return Set.of(text.strip().split("\\s+"));
  }
}
