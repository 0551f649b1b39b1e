import { recipeSystem, recipeVariable } from '@dispatch/nix/aterm/recipe-bytes';
import { jsonAttribute, structuredAttributes } from '@dispatch/nix/structured-attributes';
import type { DerivationNode } from './derivation-node.ts';

/** What a derivation requires of the machine that builds it. */
export interface BuildRequirements {
  /** Such as `x86_64-linux`; `builtin` for what a daemon carries out by itself. */
  readonly system: string;
  /** Its `requiredSystemFeatures`. */
  readonly features: readonly string[];
}

/** Reads a derivation's requirements from its environment, or from its structured attributes. */
export function buildRequirements(node: DerivationNode): BuildRequirements {
  const { recipe } = node.text;
  return {
    system: recipeSystem(recipe),
    features: listVariable(node, 'requiredSystemFeatures'),
  };
}

/** Whether a derivation asks, by its `preferLocalBuild`, to be built where its result is wanted. */
export function prefersLocalBuild({ text }: DerivationNode): boolean {
  const json = recipeVariable(text.recipe, structuredAttributes);
  if (json === undefined) return recipeVariable(text.recipe, 'preferLocalBuild') === '1';
  return jsonAttribute(json, 'preferLocalBuild') === 'true';
}

function listVariable(node: DerivationNode, name: string): string[] {
  const json = recipeVariable(node.text.recipe, structuredAttributes);
  if (json === undefined) return words(recipeVariable(node.text.recipe, name) ?? '');
  const attribute = jsonAttribute(json, name);
  const value: unknown = attribute === undefined ? [] : JSON.parse(attribute);
  if (typeof value === 'string') return words(value);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
