/** What every source is held to, of both of GitHub's scopes. */
import { BY_OWNERS, BY_REPOSITORIES } from './github-stage.ts';
import { describeSource } from './source-contract.ts';

describeSource(BY_OWNERS);
describeSource(BY_REPOSITORIES);
