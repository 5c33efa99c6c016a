/** Every command, in the order in which help and documents show them. */

import type { CommandRow } from './command.ts';
import { ACCOUNT_COMMANDS } from './commands/accounts.ts';
import { BACKUP_COMMANDS } from './commands/backup.ts';
import { CATALOGUE_COMMANDS } from './commands/catalogue.ts';
import { CHANNEL_COMMANDS } from './commands/channels.ts';
import { CONFIG_COMMANDS } from './commands/config.ts';
import { DOCTOR_COMMANDS } from './commands/doctor.ts';
import { JOB_COMMANDS } from './commands/jobs.ts';
import { KEY_COMMANDS } from './commands/keys.ts';
import { UPKEEP_COMMANDS } from './commands/upkeep.ts';

export const COMMANDS: readonly CommandRow[] = [
  ...UPKEEP_COMMANDS,
  ...DOCTOR_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...KEY_COMMANDS,
  ...CHANNEL_COMMANDS,
  ...CATALOGUE_COMMANDS,
  ...JOB_COMMANDS,
  ...CONFIG_COMMANDS,
  ...BACKUP_COMMANDS,
];

/** What the groups are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  accounts: 'Tenants and their balances',
  backup: 'Backups of the database and the stored files',
  channels: "The operator's accounts at providers",
  config: 'The declarative file',
  jobs: 'Videos being made, and those that were',
  keys: 'API keys of accounts',
  models: 'The catalogue',
  secrets: 'The secret that everything stored is sealed with',
};
