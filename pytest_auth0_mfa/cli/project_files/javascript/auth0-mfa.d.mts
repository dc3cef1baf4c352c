// Types of auth0-mfa.mjs. TypeScript finds this file by its name.

export type Factor = "otp" | "sms" | "voice" | "email" | "push";

export interface Authenticator {
  id: string;
  factor: Factor | "recovery-code";
  active: boolean;
  name: string | null;
}

export interface User {
  id: string;
  email: string;
  password: string;
  phone_number: string | null;
  recovery_code: string | null;
  authenticators: Authenticator[];
}

export interface NewUser {
  email?: string;
  password?: string;
  email_verified?: boolean;
  phone_number?: string;
  authenticators?: Factor[];
}

/** A user, or the id or email of one. */
export type UserName = User | string;

/** Any route of the control plane, such as `control("GET", "calls")`. Throws with the tenant's message. */
export function control(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<any>;

/** Clears users, calls, outbox, faults and clock; keeps applications and settings. */
export function reset(): Promise<unknown>;

export function addUser(user?: NewUser): Promise<User>;

export function addPublicApplication(): Promise<{ client_id: string }>;

/** The id of the newest message, 0 when there is none. */
export function outboxEnd(): Promise<number>;

/** The code of the first message after `after`; throws when none comes within `seconds` (5). */
export function nextCode(user: UserName, options?: { after?: number; seconds?: number }): Promise<string>;

/** The code that the user's authenticator app shows now. */
export function appCode(user: UserName): Promise<string>;

export function approvePush(user: UserName): Promise<unknown>;
export function rejectPush(user: UserName): Promise<unknown>;
export function advanceClock(seconds: number): Promise<unknown>;
