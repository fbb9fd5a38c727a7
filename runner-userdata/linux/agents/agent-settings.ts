import type { Platform } from '../../platforms.ts';

/** What the script of a machine takes from its agent. */
export interface AgentSettings {
  /** Shell variables in the head of the script, by name. */
  readonly variables: Readonly<Record<string, string>>;
  /** Shell files, relative to `linux/`, which together have what boot.sh lists for an agent. */
  readonly files: readonly string[];
  /** The package that brings each command that only this agent needs, by platform. Default: none. */
  readonly packages?: Readonly<Record<Platform, Readonly<Record<string, string>>>>;
}
