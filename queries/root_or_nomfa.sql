-- title: Changes by root or without a second factor
-- group: Access
-- question: Which changes to SageMaker were made by root, or by an IAM user whose session had no second factor?
-- param: name resource optional - part of a name in the call
-- limit: 200
-- since: 30d
-- example: root-or-nomfa since=90d
-- expect: actor=root | resource=scratch | why=root | result=done
-- expect: actor=root | resource=scratch | why=root | result=done
-- expect: actor=root | resource=scratch | why=root | result=done
-- expect: actor=priya | resource=ml-test-studio | why=no second factor | result=done
-- expect: actor=priya | resource=d-prod2kq7xw1m | why=no second factor | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource,
    CASE WHEN known_by = 'root' THEN 'root' ELSE 'no second factor' END AS why,
    result
FROM events
WHERE service = 'sagemaker' AND is_change
    AND (
        useridentity.type = 'Root'
        OR useridentity.type = 'IAMUser'
            AND coalesce(useridentity.sessioncontext.attributes.mfaauthenticated, '') <> 'true'
    )
    AND (:name = '' OR strpos(mentions, lower(:name)) > 0)
ORDER BY eventtime DESC
