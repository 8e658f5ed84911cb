import { explainDenied } from './denied.ts';
import type { Explainer } from './explainer.ts';

/** The policies deny the pod's DNS queries, so that every name fails. */
export const policyBlocksDns: Explainer = {
  id: 'policy-blocks-dns',
  judgesPolicies: true,
  doc: {
    title: 'A NetworkPolicy blocks DNS',
    meaning:
      'An egress policy admits only what it names. Without a rule for port 53, UDP and TCP, to the cluster’s DNS pods, every name fails although the policy allows the servers that the names stand for.',
    recognition:
      'Queries to the DNS server get no answer (or an ICMP rejection from its address), and the evaluation of all policies for the client, each DNS pod and its port says deny.',
    caveats:
      'Plain bridge networks and Flannel enforce no policy; there it is at most possible. With the node-local DNS cache the queries go to 169.254.20.10 on the node, which most network plugins admit by an ipBlock only. Policies are read after the capture.',
    fix: 'Admit port 53 over UDP and TCP from the pod to the DNS pods in their namespace; the policy that is printed was evaluated before.',
  },
  explain: (situation) => explainDenied(situation, true),
};
