/** What is watched where the config says nothing of it, and a class has the default times. */
export const MONITORED = {
  dashboard: true,
  alarms: {
    emails: [],
    perClass: false,
    waitingMinutes: 12,
    atMaxMinutes: 60,
    excessMinutes: 35,
    failedBoots: 3,
    interruptions: 3,
  },
};
