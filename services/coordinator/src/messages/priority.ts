/** How far a run may go before others, or let them go before itself. */
export const utmostPriority = 1000;
