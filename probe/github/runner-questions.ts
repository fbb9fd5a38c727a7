/** What GitHub makes of a just-in-time runner, which the registrar depends on. */
import { isObject } from '../../lambda/scaler/contract.ts';
import { objectsIn, type Said } from './call.ts';
import type { Answer } from './finding.ts';
import { answering, type Probing, Unanswered } from './probing.ts';

export async function askRunners(probing: Probing): Promise<void> {
  const { repository, name } = probing;
  let id: number | undefined;

  const make = async (): Promise<Said> => repository.makeRunner(name, [name]);

  await answering(probing, 'Which labels has a just-in-time runner?', async () => {
    const { body } = await make();
    const { runner } = body;
    const made = isObject(runner) ? runner : {};
    if (typeof made['id'] !== 'number') throw new Unanswered('GitHub gave the runner no id');
    id = made['id'];
    const labels = objectsIn(made['labels']).map((label) => String(label['name']));
    return labelsAnswer(labels.filter((label) => label !== name));
  });

  await answering(probing, 'Is a second runner of the same name refused?', async () => {
    if (id === undefined) throw new Unanswered('no runner could be made');
    const { status } = await make();
    return status === 409
      ? {
          answer: 'yes, by 409',
          meaning:
            'the registrar notices a repeated call, and deletes the runner before it makes another',
        }
      : {
          answer: 'no, it was made',
          meaning: 'a repeated call leaves a runner behind, which the hourly sweep removes',
        };
  });

  await answering(probing, 'Can a runner that never connected be deleted?', async () => {
    if (id === undefined) throw new Unanswered('no runner could be made');
    const { status } = await repository.ask({
      method: 'DELETE',
      url: `/actions/runners/${id}`,
      accepts: [204, 422],
    });
    const isThere = (await repository.runners(name)).some((runner) => runner.id === id);
    if (status === 204 && !isThere) {
      return { answer: 'yes, at once', meaning: 'a repeated call and the hourly sweep work' };
    }
    return status === 204
      ? {
          answer: 'yes, but the list still has it',
          meaning: 'a machine whose registration is repeated asks again some seconds later',
        }
      : {
          answer: 'no, by 422',
          meaning: 'a machine whose answer was lost cannot register again, and is replaced',
        };
  });
}

function labelsAnswer(more: readonly string[]): Answer {
  return more.length === 0
    ? {
        answer: 'only those that it was made with',
        meaning: 'the registrar has to send self-hosted, linux and the architecture, as it does',
      }
    : {
        answer: `also ${more.join(', ')}`,
        meaning: 'GitHub adds labels by itself; that the registrar sends them too does no harm',
      };
}
