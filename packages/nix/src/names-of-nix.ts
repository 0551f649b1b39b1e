/**
 * Names of environment variables that mean something to Nix: to its evaluator, which makes a
 * derivation from them, or to its daemons, which read them there. Under such a name Nix would
 * misread a serial, or not put it into the derivation.
 */
export const namesOfNix: ReadonlySet<string> = new Set([
  'name',
  'system',
  'builder',
  'args',
  'outputs',
  'outputHash',
  'outputHashAlgo',
  'outputHashMode',
  '__json',
  '__structuredAttrs',
  '__ignoreNulls',
  '__contentAddressed',
  '__impure',
  'passAsFile',
  'exportReferencesGraph',
  'outputChecks',
  'unsafeDiscardReferences',
  'allowedReferences',
  'allowedRequisites',
  'disallowedReferences',
  'disallowedRequisites',
  'requiredSystemFeatures',
  'preferLocalBuild',
  'allowSubstitutes',
  'impureEnvVars',
  '__noChroot',
  '__impureHostDeps',
  '__sandboxProfile',
  '__propagatedImpureHostDeps',
  '__darwinAllowLocalNetworking',
  '__propagatedSandboxProfile',
]);
