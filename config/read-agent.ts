/** Reads which version of an agent is installed, and how its download is checked. */
import { type ConfigReader, keysOf } from './reader.ts';
import type { ResolvedAgent } from './resolved-config.ts';
import type { AgentConfig } from './fleet-config.ts';

type Version = readonly [number, number, number];

/** What a config says of an agent: nothing of it has to be said. */
export type PinnedAgent = Partial<ResolvedAgent>;

export interface AgentVersions {
  /** The oldest that does what the machine relies on. */
  readonly least: Version;
  readonly fallback: string;
}

/** Reads `agent` of the config or of a source. */
export function readAgent(holder: ConfigReader, { least, fallback }: AgentVersions): ResolvedAgent {
  const { version = fallback, ...rest } = readPinnedAgent(holder, least, fallback);
  return { version, ...rest };
}

/** Reads `agent` of a source that has no default version. */
export function readPinnedAgent(
  holder: ConfigReader,
  least: Version,
  example = least.join('.'),
): PinnedAgent {
  const reader = holder.object('agent', AGENT_KEYS);
  const version = reader.optionalText('version', {
    accepts: (text) => isSince(text, least),
    allowed: `${least.join('.')} or a later release, such as ${example}`,
  });
  if (!reader.has('sha256')) return { ...(version !== undefined && { version }) };
  const sums = reader.object('sha256', ['x86_64', 'arm64']);
  const rule = {
    accepts: (text: string) => /^[0-9a-f]{64}$/.test(text),
    allowed: '64 hexadecimal digits in lower case',
  };
  const x86 = sums.optionalText('x86_64', rule);
  const arm = sums.optionalText('arm64', rule);
  return {
    ...(version !== undefined && { version }),
    sha256: { ...(x86 && { x86_64: x86 }), ...(arm && { arm64: arm }) },
  };
}

function isSince(text: string, least: Version): boolean {
  if (!/^\d{1,4}\.\d{1,4}\.\d{1,6}$/.test(text)) return false;
  const parts = text.split('.').map(Number);
  const differing = least.findIndex((each, index) => parts[index] !== each);
  return differing === -1 || (parts[differing] ?? 0) > (least[differing] ?? 0);
}

const AGENT_KEYS = keysOf<AgentConfig>({ version: true, sha256: true });
